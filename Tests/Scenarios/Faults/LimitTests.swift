import Control
import Foundation
import Kernel
import Testing

/// What a peer may send, at the limit and one past it, while it arrives.
@Suite("Limits", .serialized, .timeLimit(.minutes(1)))
struct LimitTests {
    private func start(
        _ app: ScriptedUpstream, _ lines: String..., wrapper: [String] = []
    ) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.lines += lines
        return try Bascule(configuration, wrapper: wrapper)
    }

    /// The status and reason of the answer to these octets, each on a connection of its own.
    private func answer(_ bascule: Bascule, _ request: String) throws -> String {
        let client = try bascule.connect()
        try client.send(request)
        let answer = try client.readAnswer()
        return "\(answer.status) \(answer["x-bascule-reason"] ?? "")"
    }

    @Test("limits.header_bytes: a head of exactly so many octets passes, one more is 431")
    func headerBytes() throws {
        let bascule = try start(try ScriptedUpstream(), "limits: {header_bytes: 2KiB}")
        let empty = RawConnection.request("GET", "/", ["X: "]).utf8.count
        for (count, expected) in [(2_048, "200 "), (2_049, "431 too-large")] {
            let field = "X: " + String(repeating: "a", count: count - empty)
            #expect(try answer(bascule, RawConnection.request("GET", "/", [field])) == expected)
        }
        // Not at its end: it need not have one.
        let endless = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 2_048)
        #expect(try answer(bascule, endless) == "431 too-large")
    }

    @Test("limits.header_count: so many fields pass, one more is 431")
    func headerCount() throws {
        let bascule = try start(try ScriptedUpstream(), "limits: {header_count: 10}")
        for (count, expected) in [(10, "200 "), (11, "431 too-large")] {
            let fields = Array(repeating: "X: 1", count: count - 1)
            #expect(try answer(bascule, RawConnection.request("GET", "/", fields)) == expected)
        }
        let endless = "GET / HTTP/1.1\r\n" + String(repeating: "X: 1\r\n", count: 11)
        #expect(try answer(bascule, endless) == "431 too-large")
    }

    @Test("A request line of 8000 octets passes, one that does not end is 414")
    func target() throws {
        let bascule = try start(try ScriptedUpstream())
        let path = "/" + String(repeating: "a", count: 7_980)
        #expect(try answer(bascule, RawConnection.request("GET", path)) == "200 ")
        let endless = "GET /" + String(repeating: "a", count: 16_384)
        #expect(try answer(bascule, endless) == "414 too-large")
    }

    @Test("limits.body_bytes: so many octets pass, declared or in chunks; one more is 413 at once")
    func bodyBytes() throws {
        let app = try ScriptedUpstream()
        let bascule = try start(app, "limits: {body_bytes: 2KiB, request_buffer: 1KiB}")
        let body = String(repeating: "a", count: 2_048)
        for (count, expected) in [(2_048, "200 "), (2_049, "413 too-large")] {
            let declared = RawConnection.request("POST", "/", ["Content-Length: \(count)"])
            #expect(try answer(bascule, declared + body) == expected)
        }
        let chunked = RawConnection.request("POST", "/", ["Transfer-Encoding: chunked"])
        #expect(try answer(bascule, chunked + "800\r\n\(body)\r\n0\r\n\r\n") == "200 ")
        // Refused where it is seen, before the octets come and without an end.
        #expect(try answer(bascule, chunked + "800\r\n\(body)\r\n1\r\n") == "413 too-large")
        #expect(app.requests.count == 2)
    }

    @Test("A body that grows too large after its answer has begun is a cut, no second answer")
    func bodyAfterAnswer() throws {
        let app = try ScriptedUpstream(readsBodies: false) { _, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
            _ = try connection.hasMore(within: 10)
            return .keep
        }
        let bascule = try start(app, "limits: {body_bytes: 1KiB}")
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/", ["Transfer-Encoding: chunked"]))
        _ = try client.readHead()
        #expect(try client.read(count: 5) == Array("begun".utf8))
        try client.send("401\r\n")
        #expect(try client.expectEnd() == .reset)
    }

    @Test("limits.request_buffer: a declared body up to it is awaited, a larger one streams")
    func requestBuffer() throws {
        let app = try ScriptedUpstream(readsBodies: false) { request, connection in
            let count = Int(request["content-length"] ?? "") ?? 0
            _ = try connection.read(count: count)
            try connection.send(ScriptedUpstream.answer("\(count)"))
            return .keep
        }
        let bascule = try start(app, "limits: {request_buffer: 2KiB}")
        for (count, isAwaited) in [(2_048, true), (2_049, false)] {
            let before = app.requests.count
            let client = try bascule.connect()
            try client.send(RawConnection.request("POST", "/", ["Content-Length: \(count)"]))
            try client.send(String(repeating: "a", count: count - 1))
            if isAwaited {
                #expect(Wait.staysFalse(seconds: 0.1) { app.requests.count > before })
            } else {
                try Wait.until("the app has its head") { app.requests.count > before }
            }
            try client.send("a")
            #expect(try client.readAnswer().text == "\(count)")
        }
    }

    @Test("limits.connections: so many are served, the next one waits until one leaves")
    func connections() throws {
        let bascule = try start(try ScriptedUpstream(), "limits: {connections: 4}")
        let clients = try (0..<4).map { _ in try bascule.connect() }
        for client in clients { #expect(try client.get("/").status == 200) }
        let next = try bascule.connect()
        try next.send(RawConnection.request("GET", "/next"))
        #expect(try !next.hasMore(within: 0.2))
        clients[2].close()
        #expect(try next.readAnswer().status == 200)
    }

    @Test("A low RLIMIT_NOFILE lowers limits.connections, says so, and leaves control its own")
    func openFiles() throws {
        let bascule = try start(
            try ScriptedUpstream(), wrapper: ["/usr/bin/prlimit", "--nofile=150:150"])
        #expect(bascule.program.standardError.contains("limits.connections lowered to 43"))
        // More than the worker has descriptors for.
        let clients = try (0..<120).map { _ in try bascule.connect() }
        for client in clients.prefix(43) { #expect(try client.get("/").status == 200) }
        #expect(try bascule.run("status").code == 0)
        for client in clients { client.close() }
        #expect(try bascule.get("/after").status == 200)
    }

    @Test("Descriptors that have run out cost a pause, and the client that waited is served")
    func exhaustedAccept() throws {
        let bascule = try start(
            try ScriptedUpstream(),
            wrapper: Self.failing("accept", "@1"))
        #expect(try bascule.get("/").status == 200)
    }

    @Test("While there are no descriptors the worker rests, and asks again ten times a second")
    func noBusyLoop() throws {
        let bascule = try start(
            try ScriptedUpstream(),
            wrapper: Self.failing("accept"))
        let waiting = try bascule.connect()
        let worker = try bascule.pid(of: "worker 0")
        let before = try Self.ticks(of: worker)
        #expect(try !waiting.hasMore(within: 1))
        // A loop would take all of this second: 100 ticks.
        #expect(try Self.ticks(of: worker) - before < 30)
    }

    @Test("Without a descriptor for the target a request gets 503 overloaded, and the next goes on")
    func exhaustedConnect() throws {
        let app = try ScriptedUpstream()
        let bascule = try start(
            app, wrapper: Self.failing("connect", "@1"))
        let client = try bascule.connect()
        let answer = try client.get("/")
        #expect(answer.status == 503)
        #expect(answer["x-bascule-reason"] == "overloaded")
        #expect(answer["retry-after"] != nil)
        #expect(try client.get("/next").status == 200)
        #expect(app.requests.map(\.path) == ["/next"])
        try Wait.until("nothing is counted any more") {
            try bascule.service().colors[0].inFlight == 0
        }
    }

    /// Starts it so that this step of the workers finds no descriptor, always or the time given.
    private static func failing(_ step: String, _ time: String = "") -> [String] {
        ["/usr/bin/env", "BASCULE_FAULTS=worker.\(step)=EMFILE\(time)"]
    }

    /// User and system time of a process, in hundredths of a second (proc(5)).
    private static func ticks(of pid: Int32) throws -> Int {
        let text = String(
            decoding: FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data(),
            as: UTF8.self)
        // The name may hold blanks; what follows its parenthesis does not.
        let name = try #require(text.lastIndex(of: ")"))
        let fields = text[name...].split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }
}
