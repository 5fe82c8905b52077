import Foundation
import Kernel

/// Programs by other people that read what Bascule forwards: each ends in an origin that answers
/// what it got, so that all of them can be compared.
final class Reader: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case h11, nginx, haproxy
    }

    /// What a reader made of one request.
    struct Sight: Decodable, Equatable, Sendable {
        var method: String
        var target: String
        var fields: [String]
        var count: Int
        var content: String
    }

    let kind: Kind
    let address: SocketAddress
    private let programs: [Program]
    private let folder: Scratch

    private static var sources: URL {
        BuildFolder.repository.appending(path: "Tests/Readers")
    }

    init(_ kind: Kind) throws {
        self.kind = kind
        folder = try Scratch()
        // Debian's own Python has Debian's h11.
        let script = Self.sources.appending(path: "h11_reader.py").path
        let origin = try Program("/usr/bin/python3", ["-B", script])
        let originPort = try Wait.forValue("h11 listens: \(origin.standardError)") {
            UInt16(origin.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard kind != .h11 else {
            programs = [origin]
            address = .ipv4(0x7f00_0001, port: originPort)
            return
        }
        let port = try FreePort.next()
        let name = kind == .nginx ? "nginx.conf" : "haproxy.cfg"
        let template = try String(
            contentsOf: Self.sources.appending(path: name), encoding: .utf8)
        let file = try folder.write(
            template.replacing("@FOLDER@", with: folder.path)
                .replacing("@ORIGIN@", with: "\(originPort)")
                .replacing("@PORT@", with: "\(port)"), to: name)
        let program =
            kind == .nginx
            ? try Program("/usr/sbin/nginx", ["-c", file])
            : try Program("/usr/sbin/haproxy", ["-db", "-f", file])
        programs = [origin, program]
        address = .ipv4(0x7f00_0001, port: port)
        try Wait.until("\(kind) listens: \(program.standardError)") {
            guard program.isRunning else { throw Failed(output: program.standardError) }
            do { return try RawConnection(to: address).get("/").status == 200 } catch {
                return false
            }
        }
    }

    deinit { for program in programs.reversed() { program.send(.terminate) } }

    struct Failed: Error {
        let output: String
    }
}
