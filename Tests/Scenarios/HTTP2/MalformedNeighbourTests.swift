import Kernel
import Testing

/// What one stream does wrong is its own affair (RFC 9113 section 5.4.2).
@Suite("HTTP/2, a malformed neighbour", .serialized, .timeLimit(.minutes(1)))
struct MalformedNeighbourTests {
    @Test("A malformed request ends its stream; those beside it are answered, however late")
    func late() throws {
        // Four times as long as a head may take.
        let app = try ScriptedUpstream { _, connection in
            _ = Wait.staysFalse(seconds: 1.2) { false }
            try connection.send(ScriptedUpstream.answer("late"))
            return .keep
        }
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.listenerKeys = ["h2c: true"]
        configuration.lines = ["timeouts: {header: 300ms}"]
        let client = try FrameConnection(try Bascule(configuration))
        try client.ask(1)
        // A method alone.
        try client.send(FrameConnection.Kind.headers, 5, 3, [0x82])
        let reset = try client.wait { $0.kind == FrameConnection.Kind.reset && $0.stream == 3 }
        #expect(reset.error == 1)
        #expect(try client.text(of: 1) == "late")
        try client.ask(5)
        #expect(try client.text(of: 5) == "late")
    }
}
