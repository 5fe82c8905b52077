import Control
import Kernel
import Testing

/// Clients of the control socket that are slow, many, or wrong.
@Suite("The control socket", .serialized, .timeLimit(.minutes(2)))
struct ControlSocketTests {
    @Test("A thousand idle clients keep nobody out, neither operators nor traffic")
    func idleClients() throws {
        _ = ThisProcess.raiseOpenFilesLimit()
        let bascule = try TwoColors().bascule
        let address = SocketAddress.unix(path: bascule.socket)
        var idle: [CInt] = []
        defer { for number in idle { _ = Descriptor(owning: number) } }
        for _ in 0..<1_000 {
            idle.append(
                try Wait.forValue("room in the queue") {
                    do throws(SystemError) {
                        return try Socket.connect("test.connect", to: address).release()
                    } catch {
                        guard error.errno == .wouldBlock else { throw error }
                        return nil
                    }
                })
        }
        #expect(try bascule.run("status").code == 0)
        #expect(try bascule.run("switch", "green").code == 0)
        #expect(try bascule.get("/").text == "green")
    }

    /// What a client may send that is no request of ours.
    enum Malformed: String, CaseIterable, Sendable {
        case nothing, garbage, zeros, version, endlessLine, endlessFields, wrongLength, hugeBody
        case wrongChunks, halfBody, noUTF8, deepJSON, longPath, otherMethod

        var octets: [UInt8] {
            func post(_ fields: String, _ body: [UInt8]) -> [UInt8] {
                Array(
                    "POST /v1/services/web/switch HTTP/1.1\r\nHost: bascule\r\n\(fields)\r\n\r\n"
                        .utf8) + body
            }
            func post(_ body: [UInt8]) -> [UInt8] { post("Content-Length: \(body.count)", body) }
            let long = [UInt8](repeating: UInt8(ascii: "a"), count: 2 << 20)
            switch self {
            case .nothing: return []
            case .garbage: return Array("\u{1}\u{2}\u{3} what? \r\n\r\n".utf8)
            case .zeros: return [UInt8](repeating: 0, count: 4_096)
            case .version: return Array("GET /v1/status HTTP/9.9\r\n\r\n".utf8)
            case .endlessLine: return Array("GET /".utf8) + long
            case .endlessFields: return Array("GET / HTTP/1.1\r\nX: ".utf8) + long
            case .wrongLength: return post("Content-Length: -5", [])
            case .hugeBody: return post("Content-Length: 100000000", long)
            case .wrongChunks: return post("Transfer-Encoding: chunked", Array("zz\r\nx".utf8))
            case .halfBody: return post("Content-Length: 100", Array("{\"to\":".utf8))
            case .noUTF8: return post([0xff, 0xfe, 0x7b, 0x7d])
            case .deepJSON: return post([UInt8](repeating: UInt8(ascii: "["), count: 200_000))
            case .longPath: return Array("GET /v1/".utf8) + long.prefix(60_000) + Array("\r\n".utf8)
            case .otherMethod: return Array("BREW /v1/status HTTP/1.1\r\n\r\n".utf8)
            }
        }
    }

    @Test("Malformed requests of every kind change nothing and end nothing")
    func malformed() throws {
        let bascule = try TwoColors().bascule
        let controller = try bascule.pid(of: "controller")
        let epoch = try bascule.service().epoch
        // They stay open while others are served.
        var clients: [RawConnection] = []
        for kind in Malformed.allCases {
            let client = try RawConnection(to: .unix(path: bascule.socket))
            clients.append(client)
            client.patience = 1
            do {
                try client.send(kind.octets)
            } catch {
                // It was shown the door in the middle: as good an answer as any.
                #expect(error is RawConnection.Failure, "\(kind): \(error)")
            }
        }
        #expect(try bascule.run("status").code == 0)
        for kind in [Malformed.noUTF8, .deepJSON] {
            let client = try RawConnection(to: .unix(path: bascule.socket))
            try client.send(kind.octets)
            #expect(try client.readAnswer().status == 400, "\(kind)")
        }
        #expect(try bascule.service().epoch == epoch)
        #expect(try bascule.pid(of: "controller") == controller)
        #expect(try bascule.run("switch", "green").code == 0)
    }

    @Test("A second bascule on the same folder or socket does not start, and takes nothing away")
    func secondInstance() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        let text = bascule.folder.text(of: "bascule.yaml")
        let port = try FreePort.next()
        let moved = text.replacing("\(bascule.address)", with: "127.0.0.1:\(port)")
        for (name, other) in [
            ("same", moved),
            ("state", moved.replacing("run/control.sock", with: "run/other.sock")),
            ("socket", moved.replacing("/state\n", with: "/other\n")),
        ] {
            let file = try bascule.folder.write(other, to: "\(name).yaml")
            let second = try Command.start(["serve", "--config", file])
            let code = try second.ending(within: 20)
            #expect(code != 0, "\(name): \(second.standardError)")
            let word = name == "socket" ? "another process answers" : "another bascule uses"
            #expect(second.standardError.contains(word), "\(name): \(second.standardError)")
            #expect(try bascule.run("status").code == 0, "\(name)")
        }
        #expect(try bascule.run("switch", "green").code == 0)
        #expect(try bascule.get("/").text == "green")
    }

    @Test("The socket is never there for everybody, and its folder is not written by others")
    func modes() throws {
        let bascule = try TwoColors().bascule
        #expect(try Self.mode(of: bascule.socket) == 0o660)
        #expect(try Self.mode(of: bascule.folder.file("run")) & 0o022 == 0)
        #expect(try Self.mode(of: bascule.folder.file("state")) == 0o700)
        #expect(try Self.mode(of: bascule.folder.file("state/journal.jsonl")) & 0o077 == 0)
    }

    private static func mode(of path: String) throws -> Int {
        let command = try Command(Program("/usr/bin/stat", ["--format", "%a", path]))
        return Int(command.output.split(separator: "\n").first ?? "", radix: 8) ?? -1
    }
}
