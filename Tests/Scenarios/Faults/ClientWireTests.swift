import Board
import Control
import Kernel
import Testing

/// What networks and clients do before Bascule, by the chaos proxy.
@Suite("Faults on the way from a client", .serialized, .timeLimit(.minutes(2)))
struct ClientWireTests {
    private static let content = String(repeating: "0123456789abcdef", count: 4_096)

    /// An app that says back what it got, and a Bascule that is soon out of patience.
    private struct World {
        let app: ScriptedUpstream
        let bascule: Bascule

        static let largeBytes = 24_000_000

        init() throws {
            app = try ScriptedUpstream { request, connection in
                // More than the sockets between app and client take in.
                let isLarge = request.path == "/large"
                let body =
                    isLarge ? String(repeating: "x", count: World.largeBytes) : request.text
                try connection.send(ScriptedUpstream.answer(body))
                return .keep
            }
            var configuration = Configuration(blue: [app])
            // What sockets have taken in whole is no send that waits: such a client is idle.
            configuration.lines.append(
                "timeouts: {header: 1s, body: 1s, send: 1s, response: 4s, idle: 1s}")
            bascule = try Bascule(configuration)
        }

        /// A client whose connection goes through the rules.
        func connect(_ rules: [String]) throws -> (RawConnection, Chaos) {
            let chaos = try Chaos(to: bascule.address, rules)
            return (try RawConnection(to: chaos.address), chaos)
        }

        /// All is as before: nothing counted, no connection left, and the next client is served.
        func expectQuiet() throws {
            try Wait.until("nothing is in flight") {
                try bascule.service().colors.allSatisfy { $0.inFlight == 0 }
            }
            #expect(try bascule.get("/next").status == 200)
            try Wait.until("no connection is left") {
                try bascule.status().workers.allSatisfy { $0.connections == 0 }
            }
        }
    }

    @Test(
        "However a client's octets are cut up, the app gets all of them, and the client the answer",
        arguments: [
            ["--up", "slice=1"], ["--down", "slice=3"], ["--up", "delay=50", "--down", "delay=50"],
            ["--up", "rate=200000", "--down", "rate=200000"],
        ])
    func whole(rules: [String]) throws {
        let world = try World()
        let (client, chaos) = try world.connect(rules)
        defer { chaos.program.kill() }
        client.patience = 20
        let answer = try client.post("/", Self.content)
        #expect(answer.status == 200)
        #expect(answer.text == Self.content)
        client.close()
        try world.expectQuiet()
    }

    @Test(
        "A request that is cut off in its head or its body never reaches the app whole",
        arguments: ["reset@20", "reset@400", "half-close@20", "half-close@400"])
    func cutRequest(rule: String) throws {
        let world = try World()
        let (client, chaos) = try world.connect(["--up", rule])
        defer { chaos.program.kill() }
        try client.send(RawConnection.request("POST", "/cut", ["Content-Length: 1000"]))
        do { try client.send(String(repeating: "x", count: 1_000)) } catch {
            // A reset is seen while it is sent.
        }
        do {
            let answer = try client.readAnswer()
            #expect(answer.status == 400 || answer.status == 408)
        } catch RawConnection.Failure.closed, RawConnection.Failure.reset {
        }
        try world.expectQuiet()
        #expect(world.app.requests.allSatisfy { $0.path == "/next" })
    }

    @Test(
        "A client that stops in the middle of its request gets 408", arguments: ["20", "400"])
    func stops(at octets: String) throws {
        let world = try World()
        let (client, chaos) = try world.connect(["--up", "freeze@\(octets)"])
        defer { chaos.program.kill() }
        try client.send(
            RawConnection.request("POST", "/stops", ["Content-Length: 1000"])
                + String(repeating: "x", count: 1_000))
        let answer = try client.readAnswer()
        #expect(answer.status == 408)
        #expect(answer["x-bascule-reason"] == "request-timeout")
        client.close()
        chaos.program.kill()
        try world.expectQuiet()
        #expect(world.app.requests.allSatisfy { $0.path == "/next" })
    }

    @Test(
        "A client that leaves or stops in the middle of its answer costs nobody else anything",
        arguments: ["reset@2000", "freeze@2000", "reset@300000"])
    func leavesAnswer(rule: String) throws {
        let world = try World()
        let (client, chaos) = try world.connect(["--down", rule])
        defer { chaos.program.kill() }
        try client.send(RawConnection.request("GET", "/large"))
        try Wait.until("the app has it") { !world.app.requests.isEmpty }
        try world.expectQuiet()
        #expect(world.app.requests.count { $0.path == "/large" } == 1)
    }

    @Test("A client that ends its side after its request still gets the whole answer")
    func halfClose() throws {
        let world = try World()
        let (client, chaos) = try world.connect(["--down", "slice=10000"])
        defer { chaos.program.kill() }
        try client.send(RawConnection.request("GET", "/large"))
        client.endWriting()
        client.patience = 20
        let answer = try client.readAnswer()
        #expect(answer.status == 200)
        #expect(answer.body.count == World.largeBytes)
        client.close()
        try world.expectQuiet()
    }
}
