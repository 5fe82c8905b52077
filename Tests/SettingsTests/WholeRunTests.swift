import Testing

@testable import Settings

@Suite("One run says everything")
struct WholeRunTests {
    @Test("Mistakes of every part are reported together, in the order of the file")
    func allTogether() {
        let text = """
            listen:
              - address: nowhere
            worker: 2
            limits:
              header_bytes: huge
            services:
              web:
                colors:
                  blue:
                    targets: ["127.0.0.1"]
                switchover:
                  hold_timeout: 5s
                  drain_timeout: 6s
                  watch: forever
                health: {rise: 0}
            """
        #expect(
            errors(text) == [
                "a.yaml:2:14: listen[0].address: found \"nowhere\", "
                    + "expected IP:port, [IPv6]:port or :port",
                "a.yaml:3:1: worker: unknown key (did you mean workers?)",
                "a.yaml:5:17: limits.header_bytes: found \"huge\", "
                    + "expected a size with a unit, like 512B, 64KiB or 1MiB",
                "a.yaml:10:19: services.web.colors.blue.targets[0]: found \"127.0.0.1\", "
                    + "expected host:port, https://host:port or unix:/path",
                "a.yaml:13:22: services.web.switchover.drain_timeout: found 6s, expected at most "
                    + "hold_timeout (5s): the hold would end before the drain",
                "a.yaml:14:14: services.web.switchover.watch: found \"forever\", "
                    + "expected a duration with a unit, like 250ms, 30s, 5m or 1h",
                "a.yaml:15:20: services.web.health.rise: found \"0\", "
                    + "expected a whole number from 1 to 100",
            ])
    }

    @Test("Duplicate keys are found beside everything else, each at its second place")
    func duplicateKeys() {
        let text = """
            listen: [{address: ":80"}]
            user: a
            services:
              web:
                colors: {blue: {targets: ["a:1"]}}
                "health": {rise: 0}
                health: {fall: 2, fall: 3}
              web:
                colors: {blue: {targets: ["a:1"]}}
            user: b
            user: c
            """
        #expect(
            errors(text) == [
                "a.yaml:6:22: services.web.health.rise: found \"0\", "
                    + "expected a whole number from 1 to 100",
                "a.yaml:7:5: services.web.health: duplicate key, it stands in line 6 already",
                "a.yaml:8:3: services.web: duplicate key, it stands in line 4 already",
                "a.yaml:10:1: user: duplicate key, it stands in line 2 already",
                "a.yaml:11:1: user: duplicate key, it stands in line 2 already",
            ])
    }

    @Test("More duplicate keys than are masked end the run with the next of them")
    func tooManyDuplicates() {
        let lines = String(repeating: "user: a\n", count: 200)
        let found = errors(lines + shortest)
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("duplicate key user") == true)
    }

    @Test(
        "Text that is no YAML is one error with its place",
        arguments: [
            ("listen: [\n", "a.yaml:2:1: not valid YAML: "),
            ("listen: ]\n", "a.yaml:1:9: not valid YAML: "),
            ("a: b: c\n", "a.yaml:1:5: not valid YAML: "),
            ("a: \"b\n", "a.yaml:2:1: not valid YAML: "),
            ("\ta: b\n", "a.yaml:1:1: not valid YAML: "),
            ("a: *b\n", "a.yaml:1:4: not valid YAML: "),
            ("a: 1\n---\nb: 1\n", "a.yaml:2:1: not valid YAML: "),
            ("a: \u{1}\n", "a.yaml:1:4: not valid YAML: control characters are not allowed"),
        ])
    func syntax(text: String, expected: String) {
        let found = errors(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test("Text of exactly the limit is read, one octet more is refused")
    func textSize() {
        let filling = Settings.textBytesMax - shortest.utf8.count
        let text = shortest + "\n#" + String(repeating: "x", count: filling - 2)
        #expect(text.utf8.count == Settings.textBytesMax)
        #expect(errors(text).isEmpty)
        #expect(
            errors(text + "x") == ["a.yaml:1:1: found 1048577 octets, expected at most 1048576"])
    }

    @Test("64 services are accepted, 65 are refused")
    func serviceCount() {
        func text(_ count: Int) -> String {
            "listen: [{address: \":80\"}]\nservices:\n"
                + (1...count).map {
                    "  s\($0): {hosts: [h\($0)], colors: {blue: {targets: [\"a:1\"]}}}\n"
                }.joined()
        }
        #expect(errors(text(64)).isEmpty)
        #expect(
            errors(text(65)) == ["a.yaml:3:3: services: found 65 services, expected 1 to 64"])
    }

    @Test("16 targets of a color are accepted, 17 are refused")
    func targetCount() {
        func text(_ count: Int) -> String {
            let targets = (1...count).map { "\"a:\($0)\"" }.joined(separator: ", ")
            return "listen: [{address: \":80\"}]\n"
                + "services: {web: {colors: {blue: {targets: [\(targets)]}}}}\n"
        }
        #expect(errors(text(16)).isEmpty)
        #expect(
            errors(text(17)) == [
                "a.yaml:2:43: services.web.colors.blue.targets: found a list with 17, "
                    + "expected a list of 1 to 16 targets"
            ])
    }
}
