import Control
import Foundation
import Kernel
import Testing

/// Switches, holds and stops with requests on streams: as with any other request.
@Suite("HTTP/2 and switches", .serialized, .timeLimit(.minutes(2)))
struct HTTP2SwitchTests {
    private func colors() throws -> TwoColors {
        try TwoColors {
            $0.listenerKeys = ["h2c: true"]
            $0.workers = 1
        }
    }

    @Test("Streams of one connection go to blue before a switch, and to green after it")
    func connection() throws {
        let colors = try colors()
        let client = try FrameConnection(colors.bascule)
        try client.ask(1)
        #expect(try client.text(of: 1) == "blue")
        #expect(try colors.bascule.run("switch", "green").code == 0)
        try client.ask(3)
        #expect(try client.text(of: 3) == "green")
    }

    @Test("A drain waits for a stream, holds the next one, and lets it go to the new color")
    func drain() throws {
        let colors = try colors()
        let client = try FrameConnection(colors.bascule)
        try client.ask(1, "GET", "/slow")
        try Wait.until("blue is at work") { colors.blue.requests.count == 1 }
        let command = try colors.bascule.start(["switch", "green"])
        try colors.waitForHold()
        try client.ask(3, "POST", "/held", ends: false)
        try client.content(3, Array("x".utf8), ends: true)
        try colors.waitForHeld(1)
        colors.letSlowAnswer()
        #expect(try client.text(of: 1) == "blue")
        #expect(try Command(command).code == 0)
        #expect(try client.text(of: 3) == "green")
    }

    @Test("A large answer on a stream is read ahead in a drain, and whole, however wide its window")
    func readAhead() throws {
        let octets = (0..<12_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
        let blue = try ScriptedUpstream { request, connection in
            guard request.path == "/large" else {
                try connection.send(ScriptedUpstream.answer("blue"))
                return .keep
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(octets.count)\r\n\r\n"
            try connection.send(Array(head.utf8) + octets)
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        var configuration = Configuration(blue: [blue], green: [green])
        configuration.listenerKeys = ["h2c: true"]
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        try bascule.waitForHealth()
        let window: UInt32 = 1 << 30
        // SETTINGS_INITIAL_WINDOW_SIZE.
        let client = try FrameConnection(bascule, settings: [(4, window)])
        try client.openWindow(0, window)
        try client.ask(1, "GET", "/large")
        try Wait.until("blue has answered") { blue.requests.contains { $0.path == "/large" } }
        let result = try bascule.run("switch", "green")
        #expect(result.code == 0, "\(result.output)")
        try client.ask(3)
        #expect(try client.body(of: 1) == octets)
        #expect(try client.text(of: 3) == "green")
    }

    @Test("A held stream with content does not stop the streams beside it")
    func held() throws {
        let app = try ScriptedUpstream { request, connection in
            try connection.send(ScriptedUpstream.answer("\(request.body.count)"))
            return .keep
        }
        let open = Configuration.Service(
            name: "open", blue: [app.address.description], lines: ["paths: [\"/open/\"]"])
        let held = Configuration.Service(name: "web", blue: [app.address.description])
        var configuration = Configuration([held, open], apps: [app])
        configuration.listenerKeys = ["h2c: true"]
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        #expect(try bascule.run("hold", "web").code == 0)
        let client = try FrameConnection(bascule)
        let piece = [UInt8](repeating: 1, count: 13_000)
        // More than the connection's first window, on streams that all wait.
        for stream: UInt32 in [1, 3, 5] {
            try client.ask(stream, "POST", "/held", ends: false)
            for _ in 0..<5 { try client.content(stream, piece, ends: false) }
        }
        for stream: UInt32 in [7, 9] {
            try client.ask(stream, "POST", "/open/x", ends: false)
            for _ in 0..<5 { try client.content(stream, piece, ends: false) }
            try client.content(stream, [], ends: true)
            #expect(try client.text(of: stream) == "65000")
        }
        #expect(try bascule.run("release", "web").code == 0)
        for stream: UInt32 in [1, 3, 5] {
            try client.content(stream, [], ends: true)
            #expect(try client.text(of: stream) == "65000")
        }
    }

    @Test("A stop announces its end, serves what is on its way, names the last stream, and closes")
    func stop() throws {
        let colors = try colors()
        let client = try FrameConnection(colors.bascule)
        try client.ask(1, "GET", "/slow")
        try Wait.until("blue is at work") { colors.blue.requests.count == 1 }
        colors.bascule.program.send(.terminate)
        let kind = FrameConnection.Kind.goAway
        let first = try client.wait { $0.kind == kind }
        #expect(first.lastStream == 0x7fff_ffff)
        try client.ask(3)
        #expect(try client.text(of: 3) == "blue")
        let last = try client.wait { $0.kind == kind && $0.lastStream < 0x7fff_ffff }
        #expect(last.lastStream == 3)
        colors.letSlowAnswer()
        #expect(try client.text(of: 1) == "blue")
        #expect(try client.connection.readToEnd().end == .closed)
        client.connection.close()
        #expect(try colors.bascule.program.ending() == 0)
    }

    @Test("Four switches under h2load, over TLS with 8 connections of 16 streams: none fails")
    func load() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let colors = try TwoColors {
            $0.listenerKeys = [certificates.listener("a")]
        }
        let load = try Program(
            "/usr/bin/h2load",
            ["-D", "4", "-c", "8", "-m", "16", "https://\(colors.bascule.address)/"])
        for color in ["green", "blue", "green", "blue"] {
            let result = try colors.bascule.run("switch", color, "--json")
            #expect(result.code == 0, "\(result.errors)")
        }
        let result = try Command(load)
        #expect(result.code == 0)
        #expect(
            result.output.contains(#/ [0-9]{3,} done, [0-9]+ succeeded, 0 failed, 0 errored/#),
            "\(result.output)")
        #expect(result.output.contains(#/[0-9]+ 2xx, 0 3xx, 0 4xx, 0 5xx/#))
        #expect(!colors.green.requests.isEmpty)
    }
}
