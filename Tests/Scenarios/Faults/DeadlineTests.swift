import Control
import Kernel
import Testing

/// Every wait has an end, and the one who was waited for is named.
@Suite("Deadlines", .serialized, .timeLimit(.minutes(1)))
struct DeadlineTests {
    private func start(_ app: ScriptedUpstream, _ lines: String...) throws -> Bascule {
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        configuration.lines += lines
        return try Bascule(configuration)
    }

    /// Sends octet after octet until the peer says something.
    private func drip(_ text: String, on client: RawConnection) throws {
        for octet in text.utf8 {
            try client.send([octet])
            if try client.hasMore(within: 0.02) { return }
        }
    }

    @Test("timeouts.header: a head that drips gets 408, however steadily it comes")
    func header() throws {
        let app = try ScriptedUpstream()
        let bascule = try start(app, "timeouts: {header: 300ms}")
        let client = try bascule.connect()
        try drip(RawConnection.request("GET", "/" + String(repeating: "a", count: 400)), on: client)
        let answer = try client.readAnswer()
        #expect(answer.status == 408)
        #expect(answer["x-bascule-reason"] == "request-timeout")
        #expect(try client.expectEnd() == .closed)
        #expect(app.requests.isEmpty)
    }

    @Test(
        "timeouts.body: a body that stops gets 408, awaited or streamed; one that drips is served")
    func body() throws {
        let app = try ScriptedUpstream()
        let limits = "limits: {request_buffer: 16B}"
        let bascule = try start(app, "timeouts: {body: 300ms}", limits)
        for count in [16, 17] {
            let client = try bascule.connect()
            try client.send(RawConnection.request("POST", "/", ["Content-Length: \(count)"]) + "a")
            let answer = try client.readAnswer()
            #expect(answer.status == 408)
            #expect(answer["x-bascule-reason"] == "request-timeout")
        }
        #expect(app.requests.isEmpty)
        // Longer than the deadline in all, never between two octets.
        let patient = try start(app, "timeouts: {body: 1500ms}", limits)
        let slow = try patient.connect()
        try slow.send(RawConnection.request("POST", "/slow", ["Content-Length: 90"]))
        try drip(String(repeating: "a", count: 90), on: slow)
        #expect(try slow.readAnswer().status == 200)
    }

    @Test("timeouts.send: a client that takes nothing of its answer is cut off")
    func send() throws {
        let hasFailed = Steps()
        let app = try ScriptedUpstream { _, connection in
            // More than can be read away in the time for which an abandoned answer is read on.
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 34359738368\r\n\r\n")
            let block = [UInt8](repeating: 0x61, count: 1 << 20)
            do {
                for _ in 0..<32_768 { try connection.send(block) }
            } catch { hasFailed.reach(0) }
            return .close
        }
        let bascule = try start(app, "timeouts: {send: 300ms, response: 300ms}")
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/"))
        _ = try client.readHead()
        // The app's connection ends once nobody takes the answer any more.
        try hasFailed.wait(for: 0)
        #expect(try client.readToEnd().end == .reset)
        try Wait.until("nothing is counted any more") {
            try bascule.service().colors[0].inFlight == 0
        }
    }

    @Test("timeouts.send: an app that takes nothing of an upload is 504")
    func sendUpstream() throws {
        let isOver = Steps()
        let app = try ScriptedUpstream(readsBodies: false) { _, _ in
            try isOver.wait(for: 0)
            return .close
        }
        let bascule = try start(app, "timeouts: {send: 300ms, body: 300ms}")
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/", ["Content-Length: 1073741824"]))
        let block = [UInt8](repeating: 0x61, count: 1 << 20)
        try Wait.until("the client has to wait, or is told") {
            try client.sendSome(block) == 0
        }
        let answer = try client.readAnswer()
        #expect(answer.status == 504)
        #expect(answer["x-bascule-reason"] == "upstream-timeout")
        isOver.reach(0)
    }

    @Test("timeouts.send: a deadline for sending that was met is no deadline any more")
    func sendMet() throws {
        let mayRead = Steps()
        let app = try ScriptedUpstream(readsBodies: false) { _, connection in
            try mayRead.wait(for: 0)
            var count = 0
            while case let chunk = try connection.readChunk(), !chunk.isEmpty {
                count += chunk.count
            }
            try connection.send(ScriptedUpstream.answer("\(count)"))
            return .keep
        }
        let bascule = try start(app, "timeouts: {send: 2s, response: 5s, body: 5s}")
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/", ["Transfer-Encoding: chunked"]))
        let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x61, count: 1 << 20) + [13, 10]
        var sent = 0
        var whole = 0
        try Wait.until("the client has to wait") {
            let count = try client.sendSome(Array(chunk[sent...]))
            sent += count
            if sent == chunk.count { (sent, whole) = (0, whole + 1) }
            return count == 0
        }
        mayRead.reach(0)
        try client.send(Array(chunk[sent...]))
        // Longer than the deadline for sending: nothing is sent because nothing comes.
        #expect(try !client.hasMore(within: 2.4))
        try client.send("0\r\n\r\n")
        #expect(try client.readAnswer().text == "\((whole + 1) << 20)")
    }

    @Test("timeouts.connect: a target that does not accept is 504 upstream-timeout")
    func connect() throws {
        let loopback = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        let listener = try Socket.listen("test.listen", on: loopback, backlog: 0)
        let address = try #require(Socket.localAddress(listener.number))
        // Its queue is full from here on: the kernel drops what asks to be let in.
        let first = try RawConnection(to: address)
        let second = try Socket.connect("test.connect", to: address)
        var service = Configuration.Service()
        service.blue = [address.description]
        var configuration = Configuration([service])
        configuration.lines.append("timeouts: {connect: 300ms}")
        let answer = try Bascule(configuration).get("/")
        #expect(answer.status == 504)
        #expect(answer["x-bascule-reason"] == "upstream-timeout")
        first.close()
        _ = second.number
    }

    @Test("timeouts.response: an answer's head that drips is 504, however steadily it comes")
    func response() throws {
        let app = try ScriptedUpstream { _, connection in
            for octet in "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 400))".utf8 {
                try connection.send([octet])
                if try connection.hasMore(within: 0.02) { break }
            }
            return .close
        }
        let bascule = try start(app, "timeouts: {response: 300ms}")
        let answer = try bascule.connect().post("/", "x")
        #expect(answer.status == 504)
        #expect(answer["x-bascule-reason"] == "upstream-timeout")
    }

    @Test("timeouts.response: content may take as long as it comes, and is cut where it stops")
    func responseContent() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n")
            for _ in 0..<(request.path == "/whole" ? 35 : 10) {
                try connection.send("a")
                _ = try connection.hasMore(within: 0.05)
            }
            return .keep
        }
        let bascule = try start(app, "timeouts: {response: 1500ms}")
        let client = try bascule.connect()
        #expect(try client.get("/whole").text.utf8.count == 35)
        try client.send(RawConnection.request("GET", "/half"))
        _ = try client.readHead()
        let (octets, end) = try client.readToEnd()
        #expect(octets.count == 10)
        #expect(end == .reset)
    }

    @Test("timeouts.idle: a connection without a request is closed without a word")
    func idle() throws {
        let bascule = try start(try ScriptedUpstream(), "timeouts: {idle: 300ms}")
        let silent = try bascule.connect()
        let served = try bascule.connect()
        #expect(try served.get("/").status == 200)
        #expect(try silent.expectEnd() == .closed)
        #expect(try served.expectEnd() == .closed)
    }

    @Test("timeouts.upstream_idle: a kept connection to the app is closed")
    func upstreamIdle() throws {
        let isClosed = Steps()
        let app = try ScriptedUpstream { _, connection in
            try connection.send(ScriptedUpstream.answer("ok"))
            do { _ = try connection.hasMore(within: 5) } catch { isClosed.reach(0) }
            return .close
        }
        let bascule = try start(app, "timeouts: {upstream_idle: 200ms}")
        #expect(try bascule.get("/").status == 200)
        try isClosed.wait(for: 0)
    }
}
