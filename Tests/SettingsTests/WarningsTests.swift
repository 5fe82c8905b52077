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

    @Test("Two services with one database, however its path is written")
    func sameDatabase() throws {
        let text = """
            listen: [{address: ":80"}]
            services:
              web:
                hosts: [a.example]
                colors: {blue: {targets: ["app:1"]}}
                database: {sqlite: /data/app.db}
              api:
                hosts: [b.example]
                colors: {blue: {targets: ["app:2"]}}
                database: {sqlite: /data/./x/..//app.db}
              other:
                hosts: [c.example]
                colors: {blue: {targets: ["app:3"]}}
                database: {sqlite: /data/app.db.d/app.db}
            """
        #expect(
            try warnings(text) == [
                "a.yaml:7:3: services.api.database.sqlite: found /data/./x/..//app.db, "
                    + "which web has too: a hold of one service keeps nobody of the other from "
                    + "writing, in a switch and in a restore"
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

    @Test("A listener for the PROXY protocol that nobody may speak, and a redirect to nowhere")
    func uselessListeners() throws {
        let text = """
            listen:
              - {address: ":80", redirect_to_https: true}
              - {address: ":81", proxy_protocol: true}
            services: {web: {colors: {blue: {targets: ["app:1"]}}}}
            """
        #expect(
            try warnings(text).sorted() == [
                "a.yaml:2:3: listen: [::]:80 redirects to https, and no listener has tls",
                "a.yaml:2:3: listen: [::]:81 expects the PROXY protocol, and no address in "
                    + "trusted_proxies may speak it: nobody gets in",
            ])
        #expect(try warnings(text + "\ntrusted_proxies: [127.0.0.1]").count == 1)
    }

    @Test("What only the machine can say is listed, with its place")
    func needs() throws {
        let text = """
            listen:
              - address: ":443"
                tls: {certificates: [{certificate: /a.pem, key: /b.pem}]}
            user: anna
            control: {group: staff}
            services: {web: {colors: {blue: {targets: ["app:1"]}}}}
            """
        let loaded = try Settings.load(text: text, file: "a.yaml")
        #expect(loaded.needs.map(\.kind) == [.file, .file, .user, .group])
        #expect(loaded.needs.map(\.name) == ["/a.pem", "/b.pem", "anna", "staff"])
        #expect(
            loaded.needs[2].finding.description
                == "a.yaml:4:7: user: found \"anna\", expected a user of this machine")
        #expect(try Settings.load(text: shortest, file: "a.yaml").needs.isEmpty)
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
