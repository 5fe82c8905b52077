internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// The metrics in Prometheus' text format (version 0.0.4), read from the
/// board when they are asked for: scraping costs the workers nothing.
struct MetricsText {
    static let mediaType = "text/plain; version=0.0.4"

    private let plane: ControlPlane
    private var lines = ""

    init(_ plane: ControlPlane) { self.plane = plane }

    var text: String {
        get async {
            var copy = self
            copy.requests()
            copy.durations()
            copy.traffic()
            await copy.targets()
            copy.operations()
            await copy.database()
            copy.certificates()
            copy.family("worker_restarts_total", .counter, "Workers started again after they died.")
            copy.sample("worker_restarts_total", [], "\(plane.board.workerRestarts)")
            copy.family(
                "http2_floods_total", .counter,
                "Connections ended with ENHANCE_YOUR_CALM: resets, pings and the like without use.")
            copy.sample("http2_floods_total", [], "\(plane.board.calmed)")
            copy.family(
                "access_log_lines_dropped_total", .counter,
                "Lines that could not be kept or written.")
            copy.sample("access_log_lines_dropped_total", [], "\(plane.board.logLinesDropped)")
            return copy.lines
        }
    }

    private enum Kind: String { case counter, gauge, histogram, summary }

    private var colors: [(index: Int, service: ServiceSettings, color: Color)] {
        plane.settings.services.enumerated().flatMap { index, service in
            service.colors.map { (index, service, $0) }
        }
    }

    private mutating func requests() {
        family(
            "requests_total", .counter,
            "Answers by status code; without a service: to what reached none.")
        for (index, service, color) in colors {
            requests(of: index, color, service.name, color.name)
        }
        requests(of: plane.board.unrouted, .blue, "", "")
    }

    private mutating func requests(
        of index: Int, _ color: Color, _ service: String, _ name: String
    ) {
        for status in 100..<600 {
            let count = plane.board.answers(service: index, color: color, status: status)
            guard count > 0 else { continue }
            sample(
                "requests_total",
                [("service", service), ("color", name), ("code", "\(status)")], "\(count)")
        }
    }

    private mutating func durations() {
        let name = "request_duration_seconds"
        family(name, .histogram, "From a request's start to its last octet.")
        for (index, service, color) in colors {
            let histogram = plane.board.durations(service: index, color: color)
            let labels = [("service", service.name), ("color", color.name)]
            var sum: UInt64 = 0
            for (bucket, count) in histogram.counts.enumerated() {
                sum += count
                let bound =
                    bucket < DurationHistogram.bounds.count
                    ? Self.seconds(DurationHistogram.bounds[bucket]) : "+Inf"
                sample("\(name)_bucket", labels + [("le", bound)], "\(sum)")
            }
            sample("\(name)_sum", labels, Self.seconds(histogram.sumNanoseconds))
            sample("\(name)_count", labels, "\(sum)")
        }
    }

    private mutating func traffic() {
        family("requests_in_flight", .gauge, "Requests that have started and not ended.")
        for (index, service, color) in colors {
            sample(
                "requests_in_flight", [("service", service.name), ("color", color.name)],
                "\(plane.board.inFlight(service: index, color: color).total)")
        }
        family("requests_held", .gauge, "Requests that wait.")
        for (index, service) in plane.settings.services.enumerated() {
            sample(
                "requests_held", [("service", service.name)],
                "\(plane.board.sum(.heldNow, service: index))")
        }
        family("connections", .gauge, "Client connections.")
        for (index, listener) in plane.settings.listen.enumerated() {
            sample(
                "connections", [("listener", "\(listener.address)")],
                "\(plane.board.connections(listener: index))")
        }
        family("upstream_connections", .gauge, "Connections to targets.")
        for (index, service, color) in colors {
            let gauges: [(String, Gauge)] =
                switch color {
                case .blue: [("idle", .upstreamIdleBlue), ("busy", .upstreamBusyBlue)]
                case .green: [("idle", .upstreamIdleGreen), ("busy", .upstreamBusyGreen)]
                }
            for (state, gauge) in gauges {
                sample(
                    "upstream_connections",
                    [("service", service.name), ("color", color.name), ("state", state)],
                    "\(plane.board.sum(gauge, service: index))")
            }
        }
    }

    private mutating func targets() async {
        family("active", .gauge, "1 for the color that serves.")
        for (index, service, color) in colors {
            sample(
                "active", [("service", service.name), ("color", color.name)],
                plane.board.route(index).active == color ? "1" : "0")
        }
        family("target_healthy", .gauge, "1 for a target whose probes pass.")
        for (index, service, color) in colors {
            for target in plane.board.targets(service: index, color: color) {
                sample(
                    "target_healthy",
                    [
                        ("service", service.name), ("color", color.name),
                        ("target", target.address.description),
                    ], target.isHealthy ? "1" : "0")
            }
        }
    }

    private mutating func operations() {
        family("switchovers_total", .counter, "Switches and rollbacks by outcome.")
        for service in plane.settings.services {
            let tally = plane.counts.tally(of: service.name)
            // All of them from the start on: a rate needs the zero before the first.
            for outcome in Outcome.allCases {
                sample(
                    "switchovers_total",
                    [("service", service.name), ("outcome", outcome.rawValue)],
                    "\(tally.outcomes[outcome.rawValue] ?? 0)")
            }
        }
        family("switchover_hold_seconds", .summary, "How long operations held requests.")
        for service in plane.settings.services {
            let holds = plane.counts.holds(of: service.name)
            sample(
                "switchover_hold_seconds_sum", [("service", service.name)], "\(holds.seconds)")
            sample(
                "switchover_hold_seconds_count", [("service", service.name)], "\(holds.count)")
        }
        family("requests_lost_total", .counter, "Requests that operations lost.")
        for service in plane.settings.services {
            sample(
                "requests_lost_total", [("service", service.name)],
                "\(plane.counts.tally(of: service.name).lost)")
        }
    }

    private mutating func database() async {
        var known: [(name: String, applied: Int, main: Int, log: Int)] = []
        for service in plane.services {
            if await service.parts.gate.lastFacts == nil, await !service.isBusy {
                // Nobody has asked the gate yet; from now on it is what it saw last.
                _ = await service.parts.gate.look(.notAsked, isPassing: true)
            }
            guard let last = await service.parts.gate.lastFacts else { continue }
            known.append(
                (
                    service.parts.name, last.facts.appliedCount, last.file?.bytes ?? 0,
                    last.file?.walBytes ?? 0
                ))
        }
        await backupAges()
        await warnings()
        guard !known.isEmpty else { return }
        family("database_bytes", .gauge, "Size of the shared database at the gate's last look.")
        for (name, _, main, log) in known {
            sample("database_bytes", [("service", name), ("part", "main")], "\(main)")
            sample("database_bytes", [("service", name), ("part", "wal")], "\(log)")
        }
        family("migrations_applied", .gauge, "Applied migrations at the gate's last look.")
        for (name, applied, _, _) in known {
            sample("migrations_applied", [("service", name)], "\(applied)")
        }
    }

    private mutating func certificates() {
        let certificates = plane.book.certificates
        guard !certificates.isEmpty else { return }
        let name = "certificate_expiry_timestamp_seconds"
        family(name, .gauge, "When a certificate ends, in seconds since 1970.")
        for certificate in certificates {
            sample(
                name,
                [
                    ("listener", certificate.listener),
                    ("name", certificate.names.first ?? ""), ("path", certificate.path),
                ], "\(certificate.notAfter.milliseconds / 1_000)")
        }
    }

    private mutating func backupAges() async {
        var ages: [(String, Double)] = []
        for service in plane.services {
            guard let age = await service.parts.backups.ageSeconds else { continue }
            ages.append((service.parts.name, age))
        }
        guard !ages.isEmpty else { return }
        family("backup_age_seconds", .gauge, "Since the moment that the newest backup holds.")
        for (name, age) in ages { sample("backup_age_seconds", [("service", name)], "\(age)") }
    }

    /// One row a warning that there may be, so that an alert has its zero.
    private mutating func warnings() async {
        var drills: [(String, Double)] = []
        var rows: [(service: String, name: DatabaseWarning.Name, isOn: Bool)] = []
        for service in plane.services where service.parts.gate.hasDatabase {
            let names = Set(await service.databaseWarnings().map(\.name))
            rows += DatabaseWarning.Name.allCases.map {
                (service.parts.name, $0, names.contains($0))
            }
            if let age = await service.parts.backups.drillAgeSeconds {
                drills.append((service.parts.name, age))
            }
        }
        if !rows.isEmpty {
            family("database_warning", .gauge, "1 for what `bascule status` warns of.")
        }
        for row in rows {
            sample(
                "database_warning", [("service", row.service), ("name", row.name.rawValue)],
                row.isOn ? "1" : "0")
        }
        if !drills.isEmpty {
            family("drill_age_seconds", .gauge, "Since the last drill that went well.")
        }
        for (name, age) in drills { sample("drill_age_seconds", [("service", name)], "\(age)") }
    }

    // MARK: The format

    private mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        lines += "# HELP bascule_\(name) \(help)\n# TYPE bascule_\(name) \(kind.rawValue)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        lines += "bascule_\(name)" + (list.isEmpty ? "" : "{\(list)}") + " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }

    private static func seconds(_ nanoseconds: UInt64) -> String {
        "\(Double(nanoseconds) / 1_000_000_000)"
    }
}
