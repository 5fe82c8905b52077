internal import Board
public import Control

/// `bascule status` for a person: who serves first, then what could be wrong.
public enum StatusView {
    public static func lines(_ status: Status, _ style: Style, now: Timestamp) -> [String] {
        var lines: [String] = []
        for service in status.services {
            lines += self.lines(service, style, now: now)
            lines.append("")
        }
        let certificates = status.certificates ?? []
        if !certificates.isEmpty {
            lines += self.certificates(certificates, style, now: now)
            lines.append("")
        }
        lines += processes(status, style, now: now)
        return lines
    }

    /// One service.
    public static func lines(
        _ service: ServiceStatus, _ style: Style, now: Timestamp
    ) -> [String] {
        [headline(service, style)] + colors(service, style, now: now)
            + facts(service, style, now: now)
    }

    private static func headline(_ service: ServiceStatus, _ style: Style) -> String {
        let name = style.paint(service.name, .strong)
        let active = style.paint(service.active.name, Tint(service.active))
        let phase =
            switch service.phase {
            case .open: "open"
            case .held, .heldWrites, .maintenance: style.paint(service.phase.name, .doubtful)
            }
        return "\(name): \(active) serves, \(phase), epoch \(service.epoch)"
    }

    private static func colors(
        _ service: ServiceStatus, _ style: Style, now: Timestamp
    ) -> [String] {
        var table = Table(rightAligned: [3, 4])
        table.add(
            ["", "COLOR", "HEALTH", "IN FLIGHT", "STREAMS", "EXPECTS"].map { Cell($0, .faint) })
        for color in service.colors {
            let isActive = color.name == service.active
            table.add([
                Cell(isActive ? (style.isTerminal ? "●" : "*") : "", Tint(color.name)),
                Cell(color.name.name, Tint(color.name)),
                health(color.healthy),
                Cell("\(color.inFlight)"),
                Cell("\(color.streams)"),
                color.expects.map { Cell(Wording.safe($0)) } ?? Cell("-", .faint),
            ])
        }
        return table.lines(style, indent: 2) + targets(service, style, now: now)
    }

    private static func health(_ isHealthy: Bool) -> Cell {
        isHealthy ? Cell("healthy", .good) : Cell("unhealthy", .bad)
    }

    private static func targets(
        _ service: ServiceStatus, _ style: Style, now: Timestamp
    ) -> [String] {
        var table = Table()
        table.add(["COLOR", "TARGET", "HEALTH", "LAST CHECK"].map { Cell($0, .faint) })
        for color in service.colors {
            for target in color.targets {
                let check = target.lastCheck.map {
                    Cell("\(Wording.safe($0.message)), \(Wording.ago($0.time, now: now))")
                }
                table.add([
                    Cell(color.name.name, Tint(color.name)), Cell(Wording.safe(target.address)),
                    health(target.healthy),
                    check ?? Cell("not checked yet", .faint),
                ])
            }
        }
        return table.lines(style, indent: 4)
    }

    private static func facts(
        _ service: ServiceStatus, _ style: Style, now: Timestamp
    ) -> [String] {
        var table = Table()
        func add(_ name: String, _ text: String, _ tint: Tint = .plain) {
            table.add([Cell(name, .faint), Cell(text, tint)])
        }
        let ends = service.phaseEnds.map { "ends \(Wording.ahead($0, now: now))" }
        let held = Wording.count(service.held, "request")
        switch service.phase {
        case .open: add("held", held, service.held > 0 ? .doubtful : .plain)
        case .held, .heldWrites:
            add("held", [held, ends].compactMap(\.self).joined(separator: ", "), .doubtful)
        case .maintenance: add("maintenance", ends ?? "until it is turned off", .doubtful)
        }
        if let notice = service.notice { add("notice", Wording.safe(notice)) }
        if let operation = service.operation {
            let target = operation.to.map { " to \($0.name)" } ?? ""
            add(
                "running",
                "\(operation.kind.rawValue)\(target), step \(operation.step.rawValue), begun"
                    + " \(Wording.ago(operation.since, now: now)) by \(Wording.peer(operation.by)),"
                    + " \(operation.id)", .doubtful)
        }
        if let database = service.database {
            add("database", text(of: database), database.problem == nil ? .plain : .bad)
            if database.asksTargets == false {
                add("expects", "the targets are not asked (no database.expect)")
            }
            for warning in database.warnings ?? [] {
                add(warning.name.rawValue, Wording.safe(warning.message), .doubtful)
            }
        }
        let rollback = service.rollback
        let way = rollback.to.map { " to \($0.name)" } ?? ""
        add(
            "rollback",
            (rollback.possible ? "possible\(way)" : "not possible")
                + (rollback.reason.isEmpty ? "" : ": \(rollback.reason)"),
            rollback.possible ? .plain : .doubtful)
        return table.lines(style, indent: 2)
    }

    private static func text(of database: DatabaseStatus) -> String {
        var parts = [database.path]
        if let bytes = database.bytes { parts.append(Wording.bytes(bytes)) }
        if let migrations = database.migrations {
            let latest = migrations.latest.map { ", latest \(Wording.safe($0))" } ?? ""
            parts.append(
                "\(Wording.count(migrations.count, "migration")) (\(migrations.tool))\(latest)")
        }
        if let problem = database.problem { parts.append(problem) }
        return parts.joined(separator: ", ")
    }

    private static func certificates(
        _ certificates: [CertificateStatus], _ style: Style, now: Timestamp
    ) -> [String] {
        var table = Table()
        table.add(["CERTIFICATE", "LISTENER", "UNTIL", "DOUBTS"].map { Cell($0, .faint) })
        for certificate in certificates {
            let tint: Tint =
                switch certificate.urgency(at: now) {
                case .none: .plain
                case .soon, .near: .doubtful
                case .now, .over: .bad
                }
            let names =
                certificate.names.isEmpty
                ? certificate.path : certificate.names.joined(separator: ", ")
            let doubts = (certificate.daysWarning(at: now).map { [$0] } ?? []) + certificate.doubts
            table.add([
                Cell(Wording.safe(names)), Cell(certificate.listener),
                Cell("\(certificate.notAfter)", tint),
                doubts.isEmpty
                    ? Cell("-", .faint)
                    : Cell(doubts.joined(separator: "; "), tint == .plain ? .doubtful : tint),
            ])
        }
        return table.lines(style)
    }

    private static func processes(
        _ status: Status, _ style: Style, now: Timestamp
    ) -> [String] {
        var table = Table(rightAligned: [1])
        table.add(["PROCESS", "PID", "STATE"].map { Cell($0, .faint) })
        table.add([
            "controller", Cell("\(status.controller.pid)"),
            Cell(
                "bascule \(status.version), started "
                    + Wording.ago(status.controller.started, now: now)),
        ])
        for worker in status.workers {
            table.add([
                Cell("worker \(worker.id)"), Cell("\(worker.pid)"),
                Cell(
                    "\(worker.stage), generation \(worker.generation), "
                        + Wording.count(worker.connections, "connection"),
                    worker.stage == "accepting" ? .plain : .doubtful),
            ])
        }
        return table.lines(style)
    }
}
