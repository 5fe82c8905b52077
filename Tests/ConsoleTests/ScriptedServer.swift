import Foundation
import Kernel
import Synchronization

/// A unix socket that answers each connection with the next of its texts, then closes. Of a large
/// body it reads the beginning.
final class ScriptedServer: Sendable {
    let path: String
    private let requests = Requests()

    /// What was asked, in order.
    final class Requests: Sendable {
        private let texts = Mutex<[String]>([])

        func append(_ text: String) { texts.withLock { $0.append(text) } }
        var all: [String] { texts.withLock { $0 } }
    }

    var received: [String] { requests.all }

    init(_ answers: [String]) throws {
        let folder = NSTemporaryDirectory() + "bascule-console-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        let path = folder + "/control.sock"
        self.path = path
        let listener = try Socket.listen("test.listen", on: .unix(path: path), backlog: 8)
        let number = listener.release()
        let requests = requests
        Thread.detachNewThread {
            let listener = Descriptor(owning: number)
            for answer in answers {
                guard let connection = Self.accept(listener) else { return }
                requests.append(Self.request(connection))
                Self.send(answer, connection)
            }
        }
    }

    deinit {
        let folder = String(path.dropLast("/control.sock".count))
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            ThisProcess.write("cannot remove \(folder): \(error)\n")
        }
    }

    private static func wait(_ descriptor: CInt, _ interest: Poller.Interest) -> Bool {
        do {
            var poller = try Poller("test.poll", batch: 1)
            return poller.add(descriptor, interest, token: 0) == nil
                && poller.wait(milliseconds: 10_000) == 1
        } catch {
            return false
        }
    }

    private static func accept(_ listener: borrowing Descriptor) -> Descriptor? {
        guard wait(listener.number, .readable) else { return nil }
        switch Socket.accept("test.accept", from: listener.number) {
        case .connection(let connection, _): return connection
        case .wouldBlock: return nil
        case .failed: return nil
        }
    }

    private static let bodyBytesMax = 65_536

    private static func request(_ connection: borrowing Descriptor) -> String {
        var octets: [UInt8] = []
        while wait(connection.number, .readable) {
            guard
                case .moved = Socket.receive(
                    "test.receive", from: connection.number, appendingTo: &octets, bytesMax: 4096)
            else { break }
            let text = String(decoding: octets, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let length = text[..<end.lowerBound].range(of: "Content-Length: ").map {
                Int(text[$0.upperBound...].prefix { $0.isNumber }) ?? 0
            }
            if text[end.upperBound...].utf8.count >= min(length ?? 0, bodyBytesMax) { break }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func send(_ text: String, _ connection: borrowing Descriptor) {
        var octets = Array(text.utf8)[...]
        while !octets.isEmpty, wait(connection.number, .writable) {
            guard case .moved(let count) = Socket.send("test.send", to: connection.number, octets)
            else { return }
            octets = octets.dropFirst(count)
        }
    }
}
