import Testing

@testable import Settings

@Suite("At every limit the value passes, one past it the value is refused")
struct BoundsTests {
    /// What passes and what does not, at one end of a range.
    struct Bound: Sendable, CustomTestStringConvertible {
        let template: String
        let inside: String
        let outside: String

        init(_ template: String, _ inside: String, _ outside: String) {
            self.template = template
            self.inside = inside
            self.outside = outside
        }

        var testDescription: String { "\(template): \(inside), not \(outside)" }

        func text(_ value: String) -> String { template.replacing("%", with: value) }
    }

    @Test(
        "At the top",
        arguments: [
            Bound("workers: %", "1", "0"), Bound("workers: %", "32", "33"),
            Bound("limits: {header_bytes: %}", "1KiB", "1023B"),
            Bound("limits: {header_bytes: %}", "1MiB", "1048577B"),
            Bound("limits: {header_count: %}", "10", "9"),
            Bound("limits: {header_count: %}", "1000", "1001"),
            Bound("limits: {body_bytes: %}", "1024GiB", "1025GiB"),
            Bound("limits: {request_buffer: %}", "16MiB", "16777217B"),
            Bound("limits: {response_buffer: %}", "16KiB", "16383B"),
            Bound("limits: {response_buffer: %}", "64MiB", "67108865B"),
            Bound("limits: {response_buffer: 16KiB, response_buffers: %}", "16KiB", "16383B"),
            Bound("limits: {response_buffers: %}", "64GiB", "65GiB"),
            Bound("limits: {connections: %}", "1", "0"),
            Bound("limits: {connections: %}", "1000000", "1000001"),
            Bound("timeouts: {header: %}", "1ms", "0ms"),
            Bound("timeouts: {header: %}", "1d", "86400001ms"),
            Bound("timeouts: {tunnel: %}", "30d", "2592000001ms"),
            Bound("control: {mode: \"%\"}", "0600", "0577"),
            Bound("control: {mode: \"%\"}", "0777", "1000"),
            Bound(
                "control: {socket: %}", "/" + String(repeating: "a", count: 106),
                "/" + String(repeating: "a", count: 107)),
            Bound(
                "user: %", String(repeating: "a", count: 32), String(repeating: "a", count: 33)),
        ])
    func atTheTop(bound: Bound) {
        #expect(errors(top(bound.text(bound.inside))).isEmpty)
        #expect(errors(top(bound.text(bound.outside))).count == 1)
    }

    @Test(
        "In a service",
        arguments: [
            Bound("health: {interval: %}", "100ms", "99ms"),
            Bound("health: {interval: %}", "1h", "3600001ms"),
            Bound("health: {timeout: %}", "10ms", "9ms"),
            Bound("health: {timeout: %}", "60s", "60001ms"),
            Bound("health: {rise: %}", "1", "0"), Bound("health: {rise: %}", "100", "101"),
            Bound("health: {fall: %}", "1", "0"), Bound("health: {fall: %}", "100", "101"),
            Bound("health: {port: %}", "65535", "65536"),
            Bound("switchover: {hold_timeout: %}", "300s", "300001ms"),
            Bound("switchover: {hold_timeout: %, drain_timeout: 1ms}", "1ms", "0ms"),
            Bound("switchover: {hold_timeout: 8s, drain_timeout: %}", "8s", "8001ms"),
            Bound("switchover: {hold_requests: %}", "1000000", "1000001"),
            Bound("switchover: {stream_grace: %}", "1d", "86400001ms"),
            Bound("switchover: {watch: %}", "1h", "3600001ms"),
            Bound("deploy: {timeout: %}", "1s", "999ms"),
            Bound("deploy: {hold_timeout: %}", "1d", "86400001ms"),
            Bound("database: {sqlite: /a, backup: {directory: /b, keep: %}}", "1000", "1001"),
        ])
    func inAService(bound: Bound) {
        #expect(errors(service(bound.text(bound.inside))).isEmpty)
        #expect(errors(service(bound.text(bound.outside))).count == 1)
    }

    @Test("Lists of hosts and paths have a longest length")
    func listLengths() {
        for key in ["hosts", "paths"] {
            let prefix = key == "hosts" ? "h" : "/p"
            func text(_ count: Int) -> String {
                service("\(key): [\((1...count).map { "\(prefix)\($0)" }.joined(separator: ", "))]")
            }
            #expect(errors(text(256)).isEmpty)
            #expect(errors(text(257)).count == 1)
        }
    }

    @Test("A service's name of 63 letters is accepted, one of 64 is not")
    func nameLength() {
        func text(_ count: Int) -> String {
            "listen: [{address: \":80\"}]\nservices: {"
                + String(repeating: "a", count: count)
                + ": {colors: {blue: {targets: [\"a:1\"]}}}}\n"
        }
        #expect(errors(text(63)).isEmpty)
        #expect(errors(text(64)).count == 1)
    }
}
