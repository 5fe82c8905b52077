import Board
import Control
import Testing

@testable import Settings

@Suite("What is printed reads back to the same settings")
struct RoundTripTests {
    static let everything = """
        listen:
          - {address: "[::1]:80", proxy_protocol: true, h2c: true}
          - address: 10.0.0.1:443
            tls:
              certificates:
                - {certificate: "/c: 1.pem", key: /k.pem, ocsp: /o.der}
                - {certificate: /c2.pem, key: /k2.pem}
              minimum_version: 1.3
              http2: false
              hsts: 2d
        workers: 3
        user: "1000"
        control: {socket: /s, mode: 0600, group: ops}
        admin: {address: ""}
        access_log: {path: off, format: combined}
        trusted_proxies: [10.0.0.0/8, "fd00::/8", 192.0.2.1, "::1", 0.0.0.0/0, "::/0"]
        limits: {body_bytes: 10MiB, header_bytes: 1500B}
        timeouts: {header: 1500ms, idle: 90m, tunnel: 1m30s}
        services:
          web:
            hosts: [Web.Example., "*.example", "[::1]", 127.0.0.1, "*"]
            paths: [/, "/a b".., /api/]
            colors:
              blue: {targets: ["https://App_1:443", "[::1]:5001"]}
              green: {targets: ["unix:/run/green.sock"]}
            upstream_tls: {ca: /ca.pem, name: app.example}
            initial: green
            expose_color: yes
            health: {path: "/health?full=1", host: web.example, port: 9000}
            switchover: {mode: overlap, watch: 0, max_error_rate: 0.25%}
            deploy: {hold: none}
            database:
              sqlite: "/data/it's \\"ours\\".db"
              migrations: efcore
              expect: {command: [app, --version, "a\\nb"]}
              rehearse: [app, "on", "1"]
              backup: {directory: /b, schedule: daily 23:59, before_switch: false}
          other:
            hosts: [other.example]
            colors: {green: {targets: ["127.0.0.1:1"]}}
            database: {postgres: "postgresql://h/d", expect: {header: X-Migration}}
        """.replacing("\"/a b\"..", with: "/a/b")

    static let printed = """
        listen:
          - address: "127.0.0.1:8080"
            redirect_to_https: false
            proxy_protocol: false
            h2c: false
        workers: auto
        user: ""
        worker_user: ""
        control:
          socket: /run/bascule/control.sock
          mode: "0660"
          group: ""
        admin:
          address: "127.0.0.1:9180"
        state: /var/lib/bascule
        access_log:
          path: stdout
          format: json
        trusted_proxies: []
        limits:
          header_bytes: 32KiB
          header_count: 100
          body_bytes: 0
          request_buffer: 64KiB
          response_buffer: 256KiB
          response_buffers: 64MiB
          connections: 10000
        timeouts:
          header: 10s
          body: 60s
          send: 60s
          connect: 2s
          response: 60s
          idle: 75s
          upstream_idle: 60s
          tunnel: 1h
        services:
          web:
            hosts: ["*"]
            paths: [/]
            colors:
              blue:
                targets: ["127.0.0.1:5001"]
              green:
                targets: ["127.0.0.1:5002"]
            upstream_tls:
              ca: ""
              name: ""
            initial: blue
            health:
              path: /health
              interval: 2s
              timeout: 1s
              rise: 2
              fall: 3
              host: ""
              port: 0
            switchover:
              mode: handover
              hold_timeout: 10s
              hold_requests: 10000
              hold_bytes: 64MiB
              drain_timeout: 8s
              stream_grace: 30s
              watch: 30s
              max_error_rate: 1%
            deploy:
              hold: writes
              hold_timeout: 60s
              timeout: 300s
            expose_color: false

        """

    @Test("YAML and JSON", arguments: [shortest, contractExample, everything])
    func roundTrip(text: String) throws {
        let settings = try load(text)
        #expect(try load(settings.yaml) == settings)
        #expect(try load(settings.json) == settings)
        #expect(try load(settings.yaml).yaml == settings.yaml)
    }

    @Test("Names are normalised, unquoted words keep their meaning")
    func normalised() throws {
        let settings = try load(Self.everything)
        let web = try #require(settings.services.first)
        #expect(web.hosts == ["web.example", "*.example", "[::1]", "127.0.0.1", "*"])
        #expect(web.blue?.targets.first?.description == "https://app_1:443")
        #expect(web.exposeColor)
        #expect(web.database?.rehearse == ["app", "on", "1"])
        #expect(settings.accessLog.path == .off)
        #expect(settings.admin == nil)
        #expect(settings.control.mode == 0o600)
        #expect(settings.listen[1].tls?.minimumVersion == .v13)
        #expect(settings.timeouts.tunnel == .seconds(90))
    }

    @Test("The YAML is in the contract's order with every default")
    func printedYAML() throws {
        #expect(try load(shortest).yaml == Self.printed)
    }
}
