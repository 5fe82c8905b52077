import Foundation
import Kernel
import Testing

/// What a client may try on a TLS port: each costs bounded time and work, and nobody else anything.
@Suite("Hostile TLS", .serialized, .timeLimit(.minutes(2)))
struct HardnessTests {
    private let certificates: Certificates
    private let app: ScriptedUpstream

    init() throws {
        certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        app = try ScriptedUpstream(ScriptedUpstream.answering("x"))
    }

    private func serve(_ lines: String...) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = [certificates.listener("a")]
        configuration.lines += lines
        return try Bascule(configuration)
    }

    private func answers(_ bascule: Bascule) throws -> Bool {
        try TLSClient.curl("a.test", bascule, trusting: certificates.path("a")).output == "x"
    }

    @Test("A handshake that is not complete within timeouts.header ends, however it drips")
    func slowHandshake() throws {
        let bascule = try serve("timeouts: {header: 400ms}")
        let begin = Instant.now
        let silent = try bascule.connect()
        let dripping = try bascule.connect()
        // A ClientHello of 512 octets, one octet after the other: it would take half a minute.
        let hello: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]
        var sent = 0
        try Wait.until("the dripping one is closed", seconds: 5) {
            do {
                try dripping.send([sent < hello.count ? hello[sent] : 0])
                sent += 1
                _ = try dripping.hasMore(within: 0.05)
                return false
            } catch RawConnection.Failure.closed, RawConnection.Failure.reset {
                return true
            }
        }
        let lasted = Instant.now.milliseconds(since: begin)
        #expect(lasted >= 350, "closed after \(lasted) ms")
        #expect(try silent.readToEnd().octets.isEmpty)
        #expect(try answers(bascule))
    }

    @Test("Garbage, a record that is too long, and plain HTTP end the connection and no worker")
    func garbage() throws {
        let bascule = try serve()
        let worker = try bascule.pid(of: "worker 0")
        let inputs: [[UInt8]] = [
            Array("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".utf8),
            [0x16, 3, 1, 0xff, 0xff] + [UInt8](repeating: 1, count: 70_000),
            // One octet more than TLSPlaintext may have before keys are agreed on.
            [0x16, 3, 1, 0x40, 0x01] + [UInt8](repeating: 0, count: 0x4001),
            [UInt8](repeating: 0, count: 20_000),
            (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) },
        ]
        for input in inputs {
            let connection = try bascule.connect()
            _ = try connection.sendSome(input)
            // At most an alert.
            #expect(try connection.readToEnd().octets.count <= 7)
        }
        #expect(app.requests.isEmpty)
        #expect(try answers(bascule))
        #expect(try bascule.pid(of: "worker 0") == worker)
    }

    @Test("A client that renegotiates under TLS 1.2 is refused")
    func renegotiation() throws {
        let bascule = try serve()
        let port = try #require(bascule.addresses[0].port)
        // s_client renegotiates when it reads a line that is "R".
        let script =
            "{ echo R; cat; } < $1 | openssl s_client -tls1_2 -servername a.test"
            + " -connect 127.0.0.1:\(port) 2>&1"
        let pipe = certificates.folder.file("pipe")
        _ = try Command(Program("/usr/bin/mkfifo", [pipe]))
        let client = try Program("/bin/sh", ["-c", script, "sh", pipe])
        let holder = try FileHandle(forUpdating: URL(filePath: pipe))
        defer { holder.closeFile() }
        try Wait.until("the client is refused: \(client.standardOutput)") {
            client.standardOutput.contains("no renegotiation") || !client.isRunning
        }
        #expect(client.standardOutput.contains("RENEGOTIATING"))
        #expect(client.standardOutput.contains("no renegotiation"), "\(client.standardOutput)")
        #expect(try answers(bascule))
    }

    @Test("Early data is neither offered nor taken")
    func earlyData() throws {
        let bascule = try serve()
        let session = certificates.folder.file("session")
        _ = try TLSClient.handshake(
            bascule, "-tls1_3", "-servername", "a.test", "-sess_out", session)
        let early = try certificates.folder.write(
            "GET /early HTTP/1.1\r\nHost: a.test\r\n\r\n", to: "early")
        let seen = try TLSClient.handshake(
            bascule, "-tls1_3", "-servername", "a.test", "-sess_in", session, "-early_data",
            early)
        #expect(seen.contains("Reused, TLSv1.3"), "\(seen)")
        #expect(seen.contains("Early data was not sent"), "\(seen)")
        #expect(!app.requests.contains { $0.path == "/early" })
    }
}
