import Testing

@testable import Settings

@Suite("Every mistake is named with its place, what was found and what was expected")
struct ErrorsTests {
    @Test(
        "One mistake",
        arguments: [
            Mistake(
                top("limts: {}"),
                "a.yaml:1:1: limts: unknown key (did you mean limits?)"
            ),
            Mistake(
                top("limits: {header_byte: 1KiB}"),
                "a.yaml:1:10: limits.header_byte: unknown key (did you mean header_bytes?)"
            ),
            Mistake(
                top("control: {colour: 1}"),
                "a.yaml:1:11: control.colour: unknown key, expected socket, mode, group"
            ),
            Mistake(
                top("limits: {header_count: many}"),
                "a.yaml:1:24: limits.header_count: found \"many\", ",
                "expected a whole number from 10 to 1000"
            ),
            Mistake(
                top("limits: {header_count: [1]}"),
                "a.yaml:1:24: limits.header_count: found a list, ",
                "expected a whole number from 10 to 1000"
            ),
            Mistake(
                top("limits: {header_count: \"100\"}"),
                "a.yaml:1:24: limits.header_count: found \"100\", ",
                "expected a whole number from 10 to 1000 (without quotes)"
            ),
            Mistake(
                service("expose_color: 'true'"),
                "a.yaml:8:19: services.web.expose_color: found \"true\", ",
                "expected true or false (without quotes)"
            ),
            Mistake(top("limits: 5"), "a.yaml:1:9: limits: found \"5\", expected a mapping"),
            Mistake(
                top("limits: {header_bytes: 10}"),
                "a.yaml:1:24: limits.header_bytes: found \"10\", ",
                "expected a size with a unit, like 512B, 64KiB or 1MiB (10B are octets)"
            ),
            Mistake(
                top("limits: {header_bytes: 64MB}"),
                "a.yaml:1:24: limits.header_bytes: found \"64MB\", ",
                "expected a size with a unit, like 512B, 64KiB or 1MiB"
            ),
            Mistake(
                top("limits: {header_bytes: 2MiB}"),
                "a.yaml:1:24: limits.header_bytes: found \"2MiB\", expected from 1KiB to 1MiB"
            ),
            Mistake(
                top("limits: {response_buffers: 64KiB}"),
                "a.yaml:1:28: limits.response_buffers: found response_buffer 256KiB, ",
                "expected at most response_buffers (64KiB), the sum of them"
            ),
            Mistake(
                top("timeouts: {idle: 75}"),
                "a.yaml:1:18: timeouts.idle: found \"75\", expected a duration with a unit, ",
                "like 250ms, 30s, 5m or 1h (75s are seconds, 75ms milliseconds)"
            ),
            Mistake(
                top("timeouts: {idle: 0s}"),
                "a.yaml:1:18: timeouts.idle: found \"0s\", expected from 1ms to 1d"
            ),
            Mistake(
                top("workers: 0"),
                "a.yaml:1:10: workers: found \"0\", ",
                "expected auto or a whole number from 1 to 32"
            ),
            Mistake(
                top("user: a b"),
                "a.yaml:1:7: user: found \"a b\", ",
                "expected a name of letters, digits, - and _, or \"\""
            ),
            Mistake(
                top("control: {mode: \"0999\"}"),
                "a.yaml:1:17: control.mode: found \"0999\", ",
                "expected a file mode like \"0660\", from 0600 to 0777"
            ),
            Mistake(
                top("admin: {address: everywhere}"),
                "a.yaml:1:18: admin.address: found \"everywhere\", ",
                "expected IP:port, [IPv6]:port, :port, or \"\" for none"
            ),
            Mistake(
                top("admin: {address: \"0.0.0.0:8080\"}"),
                "a.yaml:1:8: admin.address: found \"0.0.0.0:8080\", ",
                "which listen has already (127.0.0.1:8080)"
            ),
            Mistake(
                top("state: var/lib"),
                "a.yaml:1:8: state: found \"var/lib\", expected an absolute path"
            ),
            Mistake(
                top("access_log: {path: stderr}"),
                "a.yaml:1:20: access_log.path: found \"stderr\", ",
                "expected stdout, an absolute path, or off"
            ),
            Mistake(
                top("access_log: {format: jsn}"),
                "a.yaml:1:22: access_log.format: found \"jsn\", expected json or combined ",
                "(did you mean json?)"
            ),
            Mistake(
                top("trusted_proxies: [10.0.0.1/8]"),
                "a.yaml:1:19: trusted_proxies[0]: found \"10.0.0.1/8\", ",
                "expected an IP address or a range like 10.0.0.0/8"
            ),
        ] as [Mistake])
    func topLevel(mistake: Mistake) {
        #expect(errors(mistake.text) == [mistake.expected])
    }

    @Test(
        "One mistake in a service",
        arguments: [
            Mistake(
                "hosts: [\"web.example:80\"]",
                "8:13: services.web.hosts[0]: found \"web.example:80\", expected a host name, ",
                "*.suffix or \"*\" (without a port: every listener serves every host)"
            ),
            Mistake(
                "paths: [api]",
                "8:13: services.web.paths[0]: found \"api\", ",
                "expected a path that begins with /, without ? and #"
            ),
            Mistake(
                "initial: red",
                "8:14: services.web.initial: found \"red\", expected blue or green"
            ),
            Mistake(
                "health: {path: health}",
                "8:20: services.web.health.path: found \"health\", ",
                "expected a path that begins with /"
            ),
            Mistake(
                "health: {port: 65536}",
                "8:20: services.web.health.port: found \"65536\", ",
                "expected a whole number from 0 to 65535"
            ),
            Mistake(
                "switchover: {mode: both}",
                "8:24: services.web.switchover.mode: found \"both\", expected handover or overlap"
            ),
            Mistake(
                "switchover: {drain_timeout: 11s}",
                "8:33: services.web.switchover.drain_timeout: found 11s, expected at most ",
                "hold_timeout (10s): the hold would end before the drain"
            ),
            Mistake(
                "switchover: {hold_timeout: 5s}",
                "8:32: services.web.switchover.hold_timeout: found 5s, expected at least ",
                "drain_timeout (8s where it is not set): set both"
            ),
            Mistake(
                "switchover: {max_error_rate: 1}",
                "8:34: services.web.switchover.max_error_rate: found \"1\", ",
                "expected a share from 0% to 100%, like 1% or 0.5%"
            ),
            Mistake(
                "deploy: {hold: some}",
                "8:20: services.web.deploy.hold: found \"some\", ",
                "expected one of writes, all, none"
            ),
            Mistake(
                "expose_color: 1",
                "8:19: services.web.expose_color: found \"1\", expected true or false"
            ),
            Mistake(
                "upstream_tls: {name: \"-\"}",
                "8:26: services.web.upstream_tls.name: found \"-\", expected a host name, or \"\""
            ),
            Mistake(
                "database: {}",
                "8:15: services.web.database: found neither sqlite nor postgres, ",
                "expected one of them"
            ),
            Mistake(
                "database: {sqlite: /a.db, postgres: \"postgresql://h/d\"}",
                "8:41: services.web.database.postgres: found postgres beside sqlite, ",
                "expected one of them"
            ),
            Mistake(
                "database: {postgres: \"mysql://h/d\"}",
                "8:26: services.web.database.postgres: found \"mysql://h/d\", ",
                "expected an address like \"postgresql://user@host/database\""
            ),
            Mistake(
                "database: {sqlite: /a.db, migrations: efcor}",
                "8:43: services.web.database.migrations: found \"efcor\", expected one of auto, ",
                "efcore, flyway, liquibase, rails, django, alembic, golang-migrate, goose, ",
                "prisma, knex, typeorm, sequelize, sqlx, diesel, laravel, ecto, fluent, grdb ",
                "(did you mean efcore?)"
            ),
            Mistake(
                "database: {sqlite: /a.db, expect: {header: X, file: /f}}",
                "8:39: services.web.database.expect: found 2, ",
                "expected one of health_field, header, file, command"
            ),
            Mistake(
                "database: {sqlite: /a.db, backup: {keep: 1}}",
                "8:39: services.web.database.backup.directory: missing, expected an absolute path"
            ),
            Mistake(
                "database: {sqlite: /a.db, backup: {directory: /b, schedule: daily 3:00}}",
                "8:65: services.web.database.backup.schedule: found \"daily 3:00\", ",
                "expected \"daily HH:MM\", \"weekly DAY HH:MM\" (Mon to Sun) or \"every Nh\", ",
                "like \"daily 03:00\", or \"\""
            ),
        ] as [Mistake])
    func inService(mistake: Mistake) {
        #expect(errors(service(mistake.text)) == ["a.yaml:" + mistake.expected])
    }

    @Test(
        "One mistake in the colors",
        arguments: [
            Mistake(
                "{blue: {targets: [\"127.0.0.1\"]}}",
                "4:31: services.web.colors.blue.targets[0]: found \"127.0.0.1\", ",
                "expected host:port, https://host:port or unix:/path"
            ),
            Mistake(
                "{blue: {targets: []}}",
                "4:30: services.web.colors.blue.targets: found an empty list, ",
                "expected a list of 1 to 16 targets"
            ),
            Mistake(
                "{blue: {}}",
                "4:20: services.web.colors.blue.targets: missing, ",
                "expected a list of host:port, https://host:port or unix:/path"
            ),
            Mistake(
                "{}",
                "4:13: services.web.colors: found an empty mapping, ",
                "expected blue, or blue and green"
            ),
            Mistake(
                "{blue: {targets: [\"a:1\", \"a:1\"]}}",
                "4:38: services.web.colors.blue.targets[1]: found a:1 a second time, ",
                "expected every target once"
            ),
            Mistake(
                "{blue: {targets: [\"a:1\"]}, green: {targets: [\"a:2\"]}, red: {targets: []}}",
                "4:67: services.web.colors.red: found \"red\", expected a color: blue or green"
            ),
            Mistake(
                "{green: {targets: [\"a:1\"]}}\n    initial: blue",
                "5:14: services.web.initial: found \"blue\", expected a configured color: green"
            ),
        ] as [Mistake])
    func inColors(mistake: Mistake) {
        let text = "listen: [{address: \":80\"}]\nservices:\n  web:\n    colors: \(mistake.text)\n"
        #expect(errors(text) == ["a.yaml:" + mistake.expected])
    }

    @Test(
        "One mistake in the listeners",
        arguments: [
            Mistake("[]", "1:9: listen: found an empty list, expected a list of 1 to 64 addresses"),
            Mistake("80", "1:9: listen: found \"80\", expected a list of 1 to 64 addresses"),
            Mistake(
                "[{}]",
                "1:10: listen[0].address: missing, expected IP:port, [IPv6]:port or :port"
            ),
            Mistake(
                "[{address: 80}]",
                "1:20: listen[0].address: found \"80\", expected IP:port, [IPv6]:port or :port"
            ),
            Mistake(
                "[{address: \"unix:/run/a.sock\"}]",
                "1:20: listen[0].address: found \"unix:/run/a.sock\", ",
                "expected IP:port, [IPv6]:port or :port"
            ),
            Mistake(
                "[{address: \":80\"}, {address: \"127.0.0.1:80\"}]",
                "1:38: listen[1].address: found \"127.0.0.1:80\", ",
                "which line 1 listens on already ([::]:80)"
            ),
            Mistake(
                "[{address: \":443\", tls: {}}]",
                "1:33: listen[0].tls.certificates: missing, ",
                "expected a list of {certificate: PATH, key: PATH}"
            ),
            Mistake(
                "[{address: \":443\", tls: {certificates: []}}]",
                "1:48: listen[0].tls.certificates: found an empty list, ",
                "expected a list of 1 to 256 certificates"
            ),
            Mistake(
                "[{address: \":443\", tls: {certificates: [{key: /k}]}}]",
                "1:49: listen[0].tls.certificates[0].certificate: missing, ",
                "expected the path of a PEM file"
            ),
            Mistake(
                "[{address: \":443\", tls: {certificates: [{certificate: /c, key: /k}], "
                    + "minimum_version: \"1.1\"}}]",
                "1:95: listen[0].tls.minimum_version: found \"1.1\", expected 1.2 or 1.3 ",
                "(did you mean 1.2?)"
            ),
            Mistake(
                "[{address: \":443\", h2c: true, tls: {certificates: "
                    + "[{certificate: /c, key: /k}]}}]",
                "1:33: listen[0].h2c: found \"true\" beside tls, ",
                "expected a plain listener: use tls.http2"
            ),
            Mistake(
                "[{address: \":443\", redirect_to_https: true, tls: {certificates: "
                    + "[{certificate: /c, key: /k}]}}]",
                "1:47: listen[0].redirect_to_https: found \"true\" beside tls, ",
                "expected a plain listener: it would redirect to itself"
            ),
        ] as [Mistake])
    func inListeners(mistake: Mistake) {
        let text =
            "listen: \(mistake.text)\nservices: {web: {colors: {blue: {targets: [\"a:1\"]}}}}\n"
        #expect(errors(text) == ["a.yaml:" + mistake.expected])
    }

    @Test("Nothing at all, and what is no mapping")
    func emptyText() {
        let expected = "a.yaml:1:1: found nothing, expected a mapping with listen and services"
        #expect(errors("") == [expected])
        #expect(errors("# only a comment\n") == [expected])
        #expect(errors("- a\n") == ["a.yaml:1:1: found a list, expected a mapping"])
        #expect(
            errors("user: a\n") == [
                "a.yaml:1:1: listen: missing, "
                    + "expected a list of addresses like - address: 0.0.0.0:80",
                "a.yaml:1:1: services: missing, expected a mapping of names to services",
            ])
    }

    @Test("Two services with the same host and path")
    func duplicateRoute() {
        let text = """
            listen: [{address: ":80"}]
            services:
              web: {paths: [/, /api], colors: {blue: {targets: ["a:1"]}}}
              api: {paths: [/api/], colors: {blue: {targets: ["a:2"]}}}
              site: {hosts: [x.example], colors: {blue: {targets: ["a:3"]}}}
            """
        #expect(
            errors(text) == [
                "a.yaml:4:3: services.api: found host * with path /api/, which web has already"
            ])
    }

    @Test("A service's name that fits no address")
    func serviceName() {
        let text = """
            listen: [{address: ":80"}]
            services: {"a/b": {colors: {blue: {targets: ["a:1"]}}}}
            """
        #expect(
            errors(text) == [
                "a.yaml:2:12: services.a/b: found \"a/b\", expected a name of 1 to 63 letters, "
                    + "digits, -, _ and ., beginning with a letter or digit"
            ])
    }
}
