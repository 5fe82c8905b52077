import Board
import Control
import Kernel
import Testing

/// What networks do between Bascule and an app, by the chaos proxy.
@Suite("Faults on the way to a target", .serialized, .timeLimit(.minutes(2)))
struct UpstreamWireTests {
    /// What happens to every connection but the probes', and what a client gets.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let rules: [String]
        let status: Int
        let reason: String?
        /// Where the kernel decides which of two things is seen first.
        var otherReason: String?
        /// How often the app reads a POST, and a GET.
        var posts = 1
        var gets = 1
        var testDescription: String { name }
    }

    /// Nothing of an answer was seen where the app's word is lost: an idempotent request that met a
    /// reset goes once more, all others and every time out do not.
    static let allRows = [
        Row(
            // Accepted and reset at once: the reset may be there before the connection is seen.
            name: "refuses", rules: ["--refuse"], status: 502, reason: "upstream-reset",
            otherReason: "upstream-refused", posts: 0, gets: 0),
        Row(
            name: "hangs", rules: ["--down", "freeze@0"], status: 504,
            reason: "upstream-timeout"),
        Row(
            name: "hangs in the head", rules: ["--down", "freeze@20"], status: 504,
            reason: "upstream-timeout"),
        Row(
            name: "resets at the head's first octet", rules: ["--down", "reset@1"], status: 502,
            reason: "upstream-reset"),
        Row(
            name: "resets in the head", rules: ["--down", "reset@20"], status: 502,
            reason: "upstream-reset"),
        Row(
            name: "ends before the head", rules: ["--down", "half-close@0"], status: 502,
            reason: "upstream-reset", gets: 2),
        Row(
            name: "ends in the head", rules: ["--down", "half-close@20"], status: 502,
            reason: "upstream-reset"),
        Row(name: "octet by octet", rules: ["--down", "slice=1"], status: 200, reason: nil),
        Row(name: "reads octet by octet", rules: ["--up", "slice=1"], status: 200, reason: nil),
        Row(
            name: "late", rules: ["--up", "delay=60", "--down", "delay=60"], status: 200,
            reason: nil),
        // 6 octets every 10 ms: longer than the time out in all, never between two reads.
        Row(name: "slow", rules: ["--down", "rate=600"], status: 200, reason: nil),
    ]

    private static let body = String(repeating: "0123456789abcdef", count: 64)

    /// `response`: its time out, short where it has to run out.
    private func bascule(
        before app: ScriptedUpstream, _ rules: [String], response: String = "1500ms"
    ) throws -> (Bascule, Chaos) {
        let chaos = try Chaos(to: app.address, ["--spare", "GET /health"] + rules)
        var configuration = Configuration([.init(blue: [chaos.address.description])])
        configuration.lines.append("timeouts: {response: \(response), connect: 2s, body: 2s}")
        return (try Bascule(configuration), chaos)
    }

    private static func response(of status: Int) -> String { status == 504 ? "300ms" : "1500ms" }

    /// Nothing stays counted once the app has answered or was given up.
    private func waitForQuiet(_ bascule: Bascule) throws {
        try Wait.until("nothing is in flight") {
            try bascule.service().colors.allSatisfy { $0.inFlight == 0 }
        }
    }

    @Test(
        "Each has its status and its reason, and nothing is sent twice that must not",
        arguments: allRows)
    func statuses(row: Row) throws {
        let app = try ScriptedUpstream(ScriptedUpstream.answering(Self.body))
        let (bascule, chaos) = try bascule(
            before: app, row.rules, response: Self.response(of: row.status))
        defer { chaos.program.kill() }
        for (method, expected) in [("POST", row.posts), ("GET", row.gets)] {
            let client = try bascule.connect()
            let isPost = method == "POST"
            let before = app.requests.count
            let answer = try client.ask(
                RawConnection.request(method, "/", isPost ? ["Content-Length: 4"] : [])
                    + (isPost ? "body" : ""))
            #expect(answer.status == row.status, "\(method)")
            let reason = answer["x-bascule-reason"]
            #expect(reason == row.reason || reason != nil && reason == row.otherReason, "\(method)")
            if row.status == 200 { #expect(answer.text == Self.body) }
            try waitForQuiet(bascule)
            #expect(app.requests.count - before == expected, "\(method)")
        }
    }

    @Test(
        "An answer that is lost in its body is visibly cut, and asked for once",
        arguments: ["reset@600", "half-close@600", "freeze@600"])
    func cut(rule: String) throws {
        let app = try ScriptedUpstream(
            ScriptedUpstream.answering(String(repeating: "x", count: 50_000)))
        let (bascule, chaos) = try bascule(before: app, ["--down", rule])
        defer { chaos.program.kill() }
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/"))
        // A reset may overtake what it follows: then there was no answer yet to cut.
        do {
            let head = try client.readHead()
            #expect(head.status == 200 || head.status == 502)
            let (octets, _) = try client.readToEnd()
            #expect(octets.count < 50_000)
        } catch RawConnection.Failure.reset, RawConnection.Failure.closed {
        }
        #expect(app.requests.count <= 1 + (rule.hasPrefix("reset") ? 1 : 0))
        try waitForQuiet(bascule)
    }

    @Test(
        "A body that is lost on its way is one failure and never sent again",
        arguments: [("reset@3000", 502), ("freeze@3000", 504)])
    func lostBody(rule: String, status: Int) throws {
        let app = try ScriptedUpstream()
        let (bascule, chaos) = try bascule(
            before: app, ["--up", rule], response: Self.response(of: status))
        defer { chaos.program.kill() }
        let client = try bascule.connect()
        // More than is collected before a request starts: it is on its way while it comes.
        try client.send(RawConnection.request("PUT", "/", ["Transfer-Encoding: chunked"]))
        try client.send("2000\r\n" + String(repeating: "x", count: 0x2000) + "\r\n0\r\n\r\n")
        let answer = try client.readAnswer()
        #expect(answer.status == status)
        #expect(app.requests.isEmpty)
        try waitForQuiet(bascule)
    }

    @Test("A 101 that nobody asked for is no answer")
    func unasked() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return .keep
        }
        let (bascule, chaos) = try bascule(before: app, ["--down", "slice=7"])
        defer { chaos.program.kill() }
        let answer = try bascule.connect().post("/", "body")
        #expect(answer.status == 502)
        #expect(answer["x-bascule-reason"] == "upstream-invalid")
        try waitForQuiet(bascule)
    }

    @Test("A new color that dies between the checks and the switch is not switched to")
    func diesBeforeCommit() throws {
        let mayAnswer = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/slow" { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let chaos = try Chaos(to: green.address, [])
        let service = Configuration.Service(
            blue: [blue.address.description], green: [chaos.address.description])
        let bascule = try Bascule(Configuration([service]))
        try bascule.waitForHealth()
        let slow = try bascule.connect()
        try slow.send(RawConnection.request("GET", "/slow"))
        try Wait.until("blue is at work") { !blue.requests.isEmpty }
        let command = try bascule.start(["switch", "green", "--json"])
        try Wait.until("the service is held") { try bascule.service().phase == .held }
        let held = try bascule.connect()
        try held.send(RawConnection.request("GET", "/held"))
        chaos.program.kill()
        try Wait.until("green is seen to be gone") {
            try bascule.service().colors.contains { $0.name == .green && !$0.healthy }
        }
        mayAnswer.reach(0)
        let result = try Command(command)
        #expect([3, 4].contains(result.code), "\(result.output)")
        #expect(try held.readAnswer().text == "blue")
        #expect(try slow.readAnswer().text == "blue")
        #expect(try bascule.service().active == .blue)
        #expect(green.requests.isEmpty)
    }
}
