import Kernel

/// A configuration as a test wants it, quick in everything that waits.
struct Configuration: Sendable {
    struct Service: Sendable {
        var name = "web"
        var blue: [String] = []
        var green: [String] = []
        /// Further keys of the service, one a line: `hosts: ["a.example"]`.
        var lines: [String] = []
        /// Keys of `switchover`.
        var switchover = ["watch: 0s", "hold_timeout: 10s", "drain_timeout: 8s"]
        /// Keys of `database`; empty: none.
        var database: [String] = []
        var health = ["path: /health", "interval: 100ms", "timeout: 5s", "rise: 1", "fall: 2"]
    }

    var workers = 2
    var services: [Service] = []
    /// Further keys of each listener: `redirect_to_https: true`.
    var listenerKeys: [String] = []
    /// Further keys of the top level, one a line: `timeouts: {response: 300ms}`.
    var lines: [String] = []
    /// Keys of `control` besides the socket.
    var control: [String] = []

    /// Kept as long as the Bascule before them.
    private var apps: [ScriptedUpstream] = []

    /// One service before these apps.
    init(blue: [ScriptedUpstream], green: [ScriptedUpstream] = []) {
        apps = blue + green
        services = [
            Service(
                blue: blue.map(\.address.description), green: green.map(\.address.description))
        ]
    }

    init(_ services: [Service], apps: [ScriptedUpstream] = []) {
        self.services = services
        self.apps = apps
    }

    /// The file, for these places.
    func text(listen: [String], folder: String) -> String {
        let control = ["socket: \(folder)/run/control.sock"] + control
        var text =
            ["listen:"]
            + listen.enumerated().map { index, address in
                let keys = listenerKeys.indices.contains(index) ? ", " + listenerKeys[index] : ""
                return "  - {address: \"\(address)\"\(keys)}"
            }
        text += ["workers: \(workers)", "state: \(folder)/state"]
        text += ["control: {\(control.joined(separator: ", "))}"]
        for (key, quiet) in [("access_log", "{path: off}"), ("admin", "{address: \"\"}")]
        where !lines.contains(where: { $0.hasPrefix(key + ":") }) {
            text.append("\(key): \(quiet)")
        }
        text += lines + ["services:"]
        for service in services { text += Self.lines(of: service) }
        return text.joined(separator: "\n") + "\n"
    }

    private static func lines(of service: Service) -> [String] {
        var text = ["  \(service.name):", "    colors:"]
        for (color, targets) in [("blue", service.blue), ("green", service.green)]
        where !targets.isEmpty {
            let list = targets.map { "\"\($0)\"" }.joined(separator: ", ")
            text.append("      \(color): {targets: [\(list)]}")
        }
        text.append("    health: {\(service.health.joined(separator: ", "))}")
        text.append("    switchover: {\(service.switchover.joined(separator: ", "))}")
        if !service.database.isEmpty {
            text += ["    database:"] + service.database.map { "      \($0)" }
        }
        return text + service.lines.map { "    \($0)" }
    }
}
