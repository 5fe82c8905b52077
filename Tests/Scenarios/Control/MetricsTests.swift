import Control
import Kernel
import Testing

/// What Prometheus reads.
@Suite("Metrics", .serialized, .timeLimit(.minutes(1)))
struct MetricsTests {
    /// The names that a service without a database has from its first request and switch on.
    private static let names = [
        "requests_total", "request_duration_seconds_bucket", "request_duration_seconds_sum",
        "request_duration_seconds_count", "requests_in_flight", "requests_held", "connections",
        "upstream_connections", "active", "target_healthy", "switchovers_total",
        "switchover_hold_seconds_sum", "switchover_hold_seconds_count", "requests_lost_total",
        "worker_restarts_total",
    ]

    /// One sample: `bascule_active{service="web",color="blue"} 1`.
    private struct Sample {
        let name: String
        let labels: String
        let value: Double

        init(_ line: Substring) throws {
            let parts = line.split(separator: " ")
            try #require(parts.count == 2, "\(line)")
            value = try #require(Double(parts[1]), "\(line)")
            let key = parts[0]
            let brace = key.firstIndex(of: "{") ?? key.endIndex
            name = String(key[..<brace])
            labels = String(key[brace...])
            #expect(labels.isEmpty || labels.hasSuffix("\"}"), "\(line)")
        }
    }

    private static func samples(_ text: String) throws -> [Sample] {
        var families: Set<String> = []
        var samples: [Sample] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let name = String(line.split(separator: " ")[2])
                #expect(families.insert(name).inserted, "\(name) is told twice")
            } else if !line.hasPrefix("#") {
                let sample = try Sample(line)
                #expect(families.contains { sample.name.hasPrefix($0) }, "\(line)")
                samples.append(sample)
            }
        }
        return samples
    }

    @Test("Every name is there, in the text format, and the numbers are those of the traffic")
    func names() throws {
        let port = try FreePort.next()
        let colors = try TwoColors {
            $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
        }
        let bascule = colors.bascule
        for _ in 0..<5 { #expect(try bascule.get("/").status == 200) }
        #expect(try bascule.run("switch", "green").code == 0)
        let client = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let answer = try client.get("/metrics")
        #expect(answer["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let samples = try Self.samples(answer.text)
        func value(_ name: String, _ labels: String) -> Double? {
            samples.first { $0.name == "bascule_" + name && $0.labels == labels }?.value
        }
        for name in Self.names {
            #expect(samples.contains { $0.name == "bascule_" + name }, "\(name)")
        }
        let blue = "{service=\"web\",color=\"blue\"}"
        #expect(value("requests_total", "{service=\"web\",color=\"blue\",code=\"200\"}") == 5)
        #expect(value("request_duration_seconds_count", blue) == 5)
        #expect(
            value(
                "request_duration_seconds_bucket",
                "{service=\"web\",color=\"blue\",le=\"+Inf\"}") == 5)
        #expect(value("requests_in_flight", blue) == 0)
        #expect(value("active", blue) == 0)
        #expect(value("active", "{service=\"web\",color=\"green\"}") == 1)
        #expect(value("switchovers_total", "{service=\"web\",outcome=\"done\"}") == 1)
        #expect(value("switchovers_total", "{service=\"web\",outcome=\"rolled_back\"}") == 0)
        #expect(value("switchover_hold_seconds_count", "{service=\"web\"}") == 1)
    }

    @Test("A stream is counted with its head, once, however it ends")
    func streams() throws {
        let port = try FreePort.next()
        let app = try ScriptedUpstream { _, connection in
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            _ = try connection.readToEnd()
            return .close
        }
        var configuration = Configuration(blue: [app])
        configuration.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
        let bascule = try Bascule(configuration)
        let counted = "requests_total{service=\"web\",color=\"blue\",code=\"200\"} 1\n"
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/events"))
        _ = try client.readHead()
        let metrics = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        try Wait.until("it is counted") { try metrics.get("/metrics").text.contains(counted) }
        client.reset()
        try Wait.until("it is over") { try bascule.service().colors.first?.streams == 0 }
        #expect(try metrics.get("/metrics").text.contains(counted))
    }

    @Test(
        "What operations came to outlives the controller; what reached no service counts for none")
    func lasting() throws {
        let port = try FreePort.next()
        let colors = try TwoColors {
            $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
            $0.services[0].lines.append("hosts: [\"test.example\"]")
        }
        let bascule = colors.bascule
        #expect(try bascule.run("switch", "green").code == 0)
        #expect(try bascule.run("rollback").code == 0)
        let kept = try bascule.connect()
        #expect(try kept.get("/").text == "blue")
        #expect(try kept.get("/", "Host: other.example").status == 404)
        #expect(try kept.get("/").text == "blue")
        let client = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let before = try client.get("/metrics").text
        #expect(before.contains("switchovers_total{service=\"web\",outcome=\"done\"} 2\n"))
        #expect(before.contains("requests_total{service=\"\",color=\"\",code=\"404\"} 1\n"))
        #expect(!before.contains("{service=\"web\",color=\"blue\",code=\"404\"}"))
        let controller = try bascule.pid(of: "controller")
        ChildProcess.send(.kill, to: controller)
        try Wait.until("another controller") {
            let other = bascule.roles.first { $0.title == "bascule: controller" }?.pid
            return try other ?? controller != controller && bascule.run("status").code == 0
        }
        let again = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let after = try again.get("/metrics").text
        #expect(after.contains("switchovers_total{service=\"web\",outcome=\"done\"} 2\n"))
    }

    @Test("A switch that finds the service busy counts as busy")
    func busy() throws {
        let port = try FreePort.next()
        let colors = try TwoColors {
            $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
        }
        let slow = try colors.startSlow()
        let command = try colors.bascule.start(["switch", "green"])
        try colors.waitForHold()
        #expect(try colors.bascule.run("switch", "green").code == 7)
        #expect(try colors.bascule.run("rollback").code == 7)
        // No switch, so that it does not count among them.
        #expect(try colors.bascule.run("release").code == 7)
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try Command(command).code == 0)
        let client = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let text = try client.get("/metrics").text
        #expect(text.contains("switchovers_total{service=\"web\",outcome=\"busy\"} 2\n"))
        #expect(text.contains("switchovers_total{service=\"web\",outcome=\"done\"} 1\n"))
    }

    @Test("Workers that stand still are not asked, and /healthz tells whether one accepts")
    func standing() throws {
        let port = try FreePort.next()
        let colors = try TwoColors {
            $0.workers = 1
            $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}")
        }
        let bascule = colors.bascule
        let worker = try bascule.pid(of: "worker 0")
        ChildProcess.send(.stop, to: worker)
        defer { ChildProcess.send(.resume, to: worker) }
        let client = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        #expect(try client.get("/metrics").status == 200)
        #expect(try client.get("/healthz").status == 200)
        let other = try RawConnection(to: .unix(path: bascule.socket))
        #expect(try other.get("/healthz").status == 200)
        try Wait.until("it is told that the worker stands still") {
            let answer = try client.get("/healthz")
            return answer.status == 503 && answer.text.contains("no worker accepts")
        }
        #expect(try bascule.run("status").output.contains("stalled, generation 1"))
        ChildProcess.send(.resume, to: worker)
        try Wait.until("it runs again") { try other.get("/healthz").status == 200 }
    }
}
