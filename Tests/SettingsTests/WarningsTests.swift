import Testing

@testable import Settings

@Suite("Doubtful configurations load with a warning")
struct WarningsTests {
    @Test("Two colors with the same target")
    func sameTarget() throws {
        let text = """
            listen: [{address: ":80"}]
            services:
              web:
                colors:
                  blue: {targets: ["app:1"]}
                  green: {targets: ["app:1"]}
            """
        #expect(
            try warnings(text) == [
                "a.yaml:6:14: services.web.colors.green: found the target app:1, "
                    + "which blue has too: a switch would change nothing"
            ])
    }

    @Test("upstream_tls without a target under https")
    func uselessUpstreamTLS() throws {
        #expect(
            try warnings(service("upstream_tls: {name: app.example}")) == [
                "a.yaml:8:19: services.web.upstream_tls: has no effect: "
                    + "no target begins with https://"
            ])
    }

    @Test("The shortest configuration has nothing doubtful and nothing that is not served")
    func shortestIsClean() throws {
        #expect(try warnings(shortest).isEmpty)
        #expect(try unserved(shortest).isEmpty)
    }

    @Test("What serve refuses: PostgreSQL")
    func notServed() throws {
        let text = """
            listen:
              - {address: ":80", h2c: true}
            services:
              web:
                colors: {blue: {targets: ["https://app:1"]}}
                database: {postgres: "postgresql://h/d"}
            """
        let suffix = ": not served by this version yet"
        #expect(
            try unserved(text) == [
                "a.yaml:6:26: services.web.database.postgres: PostgreSQL" + suffix
            ])
    }
}
