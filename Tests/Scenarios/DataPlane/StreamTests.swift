import Control
import Testing

/// What takes long: events, tunnels, and answers that nobody hurries to read.
@Suite("Streams through the door", .serialized, .timeLimit(.minutes(1)))
struct StreamTests {
    @Test("Each server-sent event passes at once, and the stream is counted as one")
    func events() throws {
        let gate = Steps()
        let app = try ScriptedUpstream { _, connection in
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            for number in 0..<5 {
                try gate.wait(for: number)
                try connection.send("9\r\ndata: \(number)\n\n\r\n")
            }
            try connection.send("0\r\n\r\n")
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/events", ["Accept: text/event-stream"]))
        #expect(try client.readHead().status == 200)
        for number in 0..<5 {
            // The app sends an event only after the one before has arrived here.
            gate.reach(number)
            #expect(try client.readChunk() == Array("data: \(number)\n\n".utf8))
            if number == 2 {
                let blue = try #require(try bascule.service().colors.first)
                #expect(blue.streams == 1)
                #expect(blue.inFlight == 0)
            }
        }
        #expect(try client.readChunk().isEmpty)
        try Wait.until("the stream has left the count") {
            try bascule.service().colors[0].streams == 0
        }
    }

    @Test("A WebSocket is a tunnel: frames pass both ways, and an end passes too")
    func webSocket() throws {
        let app = try ScriptedUpstream { request, connection in
            try WebSocketPeer.accept(request, on: connection)
            while let text = try WebSocketPeer.readText(from: connection) {
                try WebSocketPeer.send("echo " + text, isMasked: false, on: connection)
            }
            try WebSocketPeer.sendClose(isMasked: false, on: connection)
            return .close
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try WebSocketPeer.open("/socket", on: client)
        for text in ["one", "two", String(repeating: "three", count: 5_000)] {
            try WebSocketPeer.send(text, isMasked: true, on: client)
            #expect(try WebSocketPeer.readText(from: client) == "echo " + text)
        }
        let blue = try #require(try bascule.service().colors.first)
        #expect(blue.streams == 1)
        #expect(blue.inFlight == 0)
        try WebSocketPeer.sendClose(isMasked: true, on: client)
        #expect(try WebSocketPeer.readText(from: client) == nil)
        #expect(try client.readToEnd().end == .closed)
    }

    @Test("An app that refuses the upgrade answers like any other request")
    func refusedUpgrade() throws {
        let app = try ScriptedUpstream { _, connection in
            try connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            return .keep
        }
        let bascule = try Bascule(Configuration(blue: [app]))
        let client = try bascule.connect()
        try client.send(WebSocketPeer.request("/socket"))
        let answer = try client.readAnswer()
        #expect(answer.status == 403)
        #expect(answer.text == "no")
        #expect(try client.get("/socket").status == 403)
    }

    @Test("A client that does not read makes the app wait, not the worker grow")
    func slowReader() throws {
        // More than all the kernel's buffers on the way can grow to (tcp(7): tcp_rmem, tcp_wmem).
        let megabytes = 256
        let bytes = megabytes << 20
        let progress = Steps()
        let app = try ScriptedUpstream { request, connection in
            guard request.path == "/large" else {
                try connection.send(ScriptedUpstream.answer("small"))
                return .keep
            }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\n\r\n")
            let block = [UInt8](repeating: 0x61, count: 1 << 20)
            for number in 0..<megabytes {
                try connection.send(block)
                progress.reach(number)
            }
            return .keep
        }
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        let worker = try bascule.pid(of: "worker 0")
        #expect(try bascule.get("/small").text == "small")
        let before = ProcessFacts.residentBytes(of: worker)
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/large"))
        _ = try client.readHead()
        // Kernel buffers fill and the app stands still, long before its end.
        var reached = -1
        try Wait.until("the app stands still") {
            let now = progress.reached
            defer { reached = now }
            guard now == reached else { return false }
            return Wait.staysFalse(seconds: 0.3) { progress.reached != now }
        }
        #expect(progress.reached < megabytes - 1)
        #expect(ProcessFacts.residentBytes(of: worker) - before < 4 << 20)
        var left = bytes
        while left > 0 {
            let count = min(left, 1 << 20)
            _ = try client.read(count: count)
            left -= count
        }
        #expect(try client.get("/next").status == 200)
    }

    @Test("An app that does not read makes the client wait, not the worker grow")
    func slowApp() throws {
        let isReading = Steps()
        let app = try ScriptedUpstream(readsBodies: false) { _, connection in
            try isReading.wait(for: 0)
            var count = 0
            while case let chunk = try connection.readChunk(), !chunk.isEmpty {
                count += chunk.count
            }
            try connection.send(ScriptedUpstream.answer("\(count)"))
            return .keep
        }
        var configuration = Configuration(blue: [app])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        let worker = try bascule.pid(of: "worker 0")
        let before = ProcessFacts.residentBytes(of: worker)
        let client = try bascule.connect()
        try client.send(RawConnection.request("POST", "/up", ["Transfer-Encoding: chunked"]))
        let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x62, count: 65_536) + [13, 10]
        var whole = 0
        var sent = 0
        // As much as fits: at some point the kernel takes nothing more for a while.
        try Wait.until("the client has to wait") {
            while case let count = try client.sendSome(Array(chunk[sent...])), count > 0 {
                sent += count
                if sent == chunk.count { (sent, whole) = (0, whole + 1) }
                guard whole < 2_048 else { return true }
            }
            return try Wait.staysFalse(seconds: 0.3) {
                let count = try client.sendSome(Array(chunk[sent...]))
                sent += count
                if sent == chunk.count { (sent, whole) = (0, whole + 1) }
                return count > 0
            }
        }
        #expect(whole < 2_048)
        #expect(ProcessFacts.residentBytes(of: worker) - before < 4 << 20)
        isReading.reach(0)
        try client.send(Array(chunk[sent...]))
        try client.send("0\r\n\r\n")
        #expect(try client.readAnswer().text == "\((whole + 1) * 65_536)")
    }
}
