import Kernel
import Testing

/// What a client sees when the app fails.
@Suite("Faults of a target", .serialized, .timeLimit(.minutes(1)))
struct UpstreamFaultTests {
    /// How an app may fail before an octet of its answer.
    enum Fault: String, CaseIterable, Sendable {
        case down, hang, reset, close, garbage, endlessHead, twoLengths

        var expected: (status: Int, reason: String) {
            switch self {
            case .down: (502, "upstream-refused")
            case .hang: (504, "upstream-timeout")
            case .reset, .close: (502, "upstream-reset")
            case .garbage, .endlessHead, .twoLengths: (502, "upstream-invalid")
            }
        }

        var behaviour: ScriptedUpstream.Behaviour {
            { _, connection in
                switch self {
                case .down, .close: return .close
                case .hang: return .keep
                case .reset: return .reset
                case .garbage: try connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")
                case .endlessHead:
                    try connection.send("HTTP/1.1 200 OK\r\n")
                    // Until it is cut, at the latest when the test is over.
                    for _ in 0..<100_000 { try connection.send("X-Long: 0123456789abcdef\r\n") }
                case .twoLengths:
                    try connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc")
                }
                return .keep
            }
        }
    }

    /// `response`: its time out, short where it has to run out.
    private func configuration(
        _ app: ScriptedUpstream, response: String = "3s"
    ) -> Configuration {
        var configuration = Configuration(blue: [app])
        configuration.lines.append("timeouts: {response: \(response), connect: 3s}")
        return configuration
    }

    @Test(
        "RFC 9110 §15.6: each failure has its status and its reason, for a client that stays",
        arguments: Fault.allCases)
    func failures(fault: Fault) throws {
        let app = try ScriptedUpstream(fault.behaviour)
        let bascule = try Bascule(
            configuration(app, response: fault == .hang ? "300ms" : "3s"))
        if fault == .down { try app.stop() }
        let client = try bascule.connect()
        // A POST is sent once and never again, so nothing hides the failure.
        let answer = try client.post("/", "body", "Accept: application/json")
        #expect(answer.status == fault.expected.status)
        #expect(answer["x-bascule-reason"] == fault.expected.reason)
        #expect(answer["server"] == "bascule")
        #expect(answer["content-type"] == "application/problem+json")
        #expect(answer.text.contains("\"status\":\(fault.expected.status)"))
        let asked = fault == .down ? 0 : 1
        try Wait.until("the app has read it") { app.requests.count >= asked }
        #expect(app.requests.count == asked)
        #expect(try client.post("/", "again").status == fault.expected.status)
    }

    @Test("A browser gets a page instead of a problem document")
    func page() throws {
        let app = try ScriptedUpstream { _, _ in .reset }
        let bascule = try Bascule(configuration(app))
        let answer = try bascule.connect().post(
            "/", "x", "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
        #expect(answer.status == 502)
        #expect(answer["content-type"] == "text/html; charset=utf-8")
        #expect(answer.text.contains("<h1>502 Bad Gateway</h1>"))
        for other in ["text/html;q=0, */*", "application/problem+json, text/html;q=0.1"] {
            let answer = try bascule.connect().post("/", "x", "Accept: \(other)")
            #expect(answer["content-type"] == "application/problem+json", "\(other)")
        }
    }

    /// How an answer may be left half done.
    enum Half: String, CaseIterable, Sendable {
        case length, chunks, lengthReset, chunksReset, stalled

        var behaviour: ScriptedUpstream.Behaviour {
            { _, connection in
                switch self {
                case .length, .lengthReset, .stalled:
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf")
                case .chunks, .chunksReset:
                    try connection.send(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
                }
                switch self {
                case .length, .chunks: return .close
                case .stalled: return .keep
                case .lengthReset, .chunksReset:
                    // The first half has to be on its way before the reset overtakes it.
                    _ = try connection.hasMore(within: 0.1)
                    return .reset
                }
            }
        }
    }

    @Test(
        "Half an answer is visibly half to the client, never a clean end", arguments: Half.allCases)
    func truncated(half: Half) throws {
        let app = try ScriptedUpstream(half.behaviour)
        // The head has to come in time, also where nothing comes after it.
        let bascule = try Bascule(configuration(app, response: half == .stalled ? "1s" : "3s"))
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/"))
        #expect(try client.readHead().status == 200)
        let (octets, _) = try client.readToEnd()
        let text = String(decoding: octets, as: UTF8.self)
        #expect(text.contains("half"))
        #expect(octets.count < 1_000)
        #expect(!text.hasSuffix("0\r\n\r\n"))
        #expect(app.requests.count == 1)
    }

    @Test("An answer that only the connection's end delimits is cut visibly too")
    func truncatedUntilEnd() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\n\r\nhalf")
            _ = try connection.hasMore(within: 0.1)
            return .reset
        }
        let bascule = try Bascule(configuration(app))
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/"))
        let head = try client.readHead()
        let (octets, end) = try client.readToEnd()
        if head["transfer-encoding"] == "chunked" {
            #expect(!String(decoding: octets, as: UTF8.self).hasSuffix("0\r\n\r\n"))
        } else {
            #expect(end == .reset)
        }
    }

    @Test("A kept connection that the app has closed meanwhile costs no request")
    func staleConnection() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send(ScriptedUpstream.answer("ok"))
            return .close
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        for number in 0..<100 { #expect(try client.get("/\(number)").status == 200) }
        #expect(app.requests.count == 100)
    }

    @Test("An idempotent request that met a reset is tried again, any other is not")
    func retry() throws {
        let app = try ScriptedUpstream { request, connection in
            if request["x-request-id"] != nil, request.path == "/first" { return .reset }
            try connection.send(ScriptedUpstream.answer("ok"))
            return .keep
        }
        let second = try ScriptedUpstream(ScriptedUpstream.answering("second"))
        let bascule = try Bascule(Configuration(blue: [app, second]))
        let client = try bascule.connect()
        var statuses: [Int] = []
        for _ in 0..<10 { statuses.append(try client.get("/first").status) }
        #expect(statuses == Array(repeating: 200, count: 10))
        statuses = []
        for _ in 0..<10 { statuses.append(try client.post("/first", "x").status) }
        // Whatever reached the first target was not sent again.
        let posts = (app.requests + second.requests).filter { $0.method == "POST" }
        #expect(posts.count == 10)
        #expect(statuses.contains(502))
    }
}
