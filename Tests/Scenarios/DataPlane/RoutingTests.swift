import Control
import Kernel
import Testing

/// Which service, and which of its targets, gets a request.
@Suite("Ways to a target", .serialized, .timeLimit(.minutes(1)))
struct RoutingTests {
    private func service(
        _ name: String, _ app: ScriptedUpstream, _ lines: String...
    ) -> Configuration.Service {
        var service = Configuration.Service()
        service.name = name
        service.blue = [app.address.description]
        service.lines = lines
        return service
    }

    @Test("Hosts and path prefixes pick the service, the most exact first")
    func hostsAndPaths() throws {
        let exact = try ScriptedUpstream(ScriptedUpstream.answering("exact"))
        let suffix = try ScriptedUpstream(ScriptedUpstream.answering("suffix"))
        let api = try ScriptedUpstream(ScriptedUpstream.answering("api"))
        let bascule = try Bascule(
            Configuration(
                [
                    service("exact", exact, "hosts: [\"shop.example\"]"),
                    service("suffix", suffix, "hosts: [\"*.example\"]"),
                    service("api", api, "hosts: [\"shop.example\"]", "paths: [\"/api/\"]"),
                ], apps: [exact, suffix, api]))
        let client = try bascule.connect()
        for (host, path, expected) in [
            ("shop.example", "/", "exact"), ("SHOP.example:80", "/", "exact"),
            ("other.example", "/api/x", "suffix"), ("a.b.example", "/", "suffix"),
            ("shop.example", "/api/x", "api"), ("shop.example", "/apix", "exact"),
        ] {
            #expect(try client.get(path, "Host: \(host)").text == expected, "\(host)\(path)")
        }
    }

    @Test("A host or path that no service has gets 404 no-service")
    func noService() throws {
        let app = try ScriptedUpstream()
        let bascule = try Bascule(
            Configuration([service("web", app, "hosts: [\"shop.example\"]", "paths: [\"/a/\"]")]))
        let client = try bascule.connect()
        for (host, path) in [("other.example", "/a/"), ("shop.example", "/b")] {
            let answer = try client.get(path, "Host: \(host)")
            #expect(answer.status == 404)
            #expect(answer["x-bascule-reason"] == "no-service")
            #expect(answer["server"] == "bascule")
        }
        #expect(app.requests.isEmpty)
    }

    @Test("Of several targets the least busy one gets the next request")
    func leastBusy() throws {
        let isFree = Steps()
        let slow = try ScriptedUpstream { _, connection in
            try isFree.wait(for: 0)
            try connection.send(ScriptedUpstream.answer("slow"))
            return .keep
        }
        let quick = try ScriptedUpstream(ScriptedUpstream.answering("quick"))
        var configuration = Configuration(blue: [slow, quick])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        // However the first are spread: once the slow one has a request, the others go past it.
        var waiting: [RawConnection] = []
        try Wait.until("the slow target has a request") {
            let client = try bascule.connect()
            try client.send(RawConnection.request("GET", "/"))
            if slow.requests.isEmpty, try client.hasMore(within: 0.2) { return false }
            waiting.append(client)
            return true
        }
        let client = try bascule.connect()
        for _ in 0..<50 { #expect(try client.get("/").text == "quick") }
        isFree.reach(0)
        for client in waiting { #expect(try client.readAnswer().text == "slow") }
    }

    @Test("Both of two idle targets are used, and one that is down is left out")
    func severalTargets() throws {
        let first = try ScriptedUpstream(ScriptedUpstream.answering("first"))
        let second = try ScriptedUpstream(ScriptedUpstream.answering("second"))
        let bascule = try Bascule(Configuration(blue: [first, second]))
        let client = try bascule.connect()
        for _ in 0..<20 { #expect(try client.get("/").status == 200) }
        #expect(!first.requests.isEmpty)
        #expect(!second.requests.isEmpty)
        try second.stop()
        try Wait.until("the second target is unhealthy") {
            try bascule.service().colors[0].targets.contains { !$0.healthy }
        }
        for _ in 0..<20 { #expect(try client.get("/").text == "first") }
    }
}
