import Foundation
import Kernel
import Testing

/// A connection of `openssl s_client` that stays, for requests one after the other.
final class TLSConnection {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var read: [UInt8] = []

    init(_ bascule: Bascule, trusting certificate: String, _ further: String...) throws {
        let port = try #require(bascule.addresses[0].port)
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments =
            [
                "s_client", "-quiet", "-verify_return_error", "-CAfile", certificate,
                "-servername", "a.test", "-connect", "127.0.0.1:\(port)",
            ] + further
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        // Tests hold TERM back, and so does what they start.
        if process.isRunning { ChildProcess.send(.kill, to: process.processIdentifier) }
        process.waitUntilExit()
    }

    var isRunning: Bool { process.isRunning }

    /// The content of the answer, which is as long as its Content-Length says.
    func get(_ path: String) throws -> String {
        try input.fileHandleForWriting.write(
            contentsOf: Data("GET \(path) HTTP/1.1\r\nHost: a.test\r\n\r\n".utf8))
        let head = try take { text in text.range(of: "\r\n\r\n").map { text[..<$0.upperBound] } }
        let length = head.lowercased().split(separator: "\r\n")
            .first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        let count = try #require(length, "\(head)")
        return try take { $0.utf8.count >= count ? $0.prefix(count) : nil }
    }

    private func take(_ part: (String) -> Substring?) throws -> String {
        try Wait.forValue("an answer over TLS") {
            if let found = part(String(decoding: read, as: UTF8.self)) {
                read.removeFirst(found.utf8.count)
                return String(found)
            }
            let file = output.fileHandleForReading
            guard
                Waiting.wait(
                    .readable, of: file.fileDescriptor,
                    until: Instant.now.advanced(bySeconds: 1))
            else { return nil }
            read += file.availableData
            return nil
        }
    }
}
