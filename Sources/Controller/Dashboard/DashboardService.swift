internal import Board
internal import Control

/// One service on the page: who serves, what goes on, both colors, the database, the way back.
struct DashboardService {
    private let service: ServiceStatus
    /// In the page, for the names of elements.
    private let index: Int
    private let backup: DashboardContent.Backup
    private let now: Timestamp

    init(
        _ service: ServiceStatus, index: Int, backup: DashboardContent.Backup, now: Timestamp
    ) {
        self.service = service
        self.index = index
        self.backup = backup
        self.now = now
    }

    var html: HTML {
        """
        <section class="\(service.active.name)" aria-labelledby="service-\(index)">
        <h2 id="service-\(index)">\(service.name)</h2>
        <p class="lead">\(Self.swatch(service.active)) serves\
        <span class="dot" aria-hidden="true"> \u{b7} </span>\(phase) \
        <small>epoch \(Int(service.epoch))</small></p>
        \(running)<div class="pair">
        <div>
        \(colors)\(targets)</div>
        \(facts)</div>
        </section>

        """
    }

    /// A color is named wherever it is shown.
    private static func swatch(_ color: Color) -> HTML {
        "<span class=\"color\"><i class=\"\(color.name)\"></i>\(color.name)</span>"
    }

    private var phase: HTML {
        let ends = service.phaseEnds.map { end -> HTML in
            """
             <span>until <time datetime="\(end.description)">\(end.timeOfDay)</time> UTC, \
            \(Wording.ahead(end, now: now))</span>
            """
        }
        switch service.phase {
        case .open: return "<b class=\"phase\">open</b>"
        case .held, .heldWrites:
            return "<b class=\"phase doubtful\">\(service.phase.name)</b>\(ends ?? "")"
        case .maintenance:
            return """
                <b class="phase doubtful">maintenance</b>\
                \(ends ?? " <span>until it is turned off</span>")
                """
        }
    }

    private var running: HTML {
        guard let operation = service.operation else { return "" }
        let target = operation.to.map { " to \($0.name)" } ?? ""
        let since = operation.since
        return """
            <p class="running"><b>\(operation.kind.rawValue)\(target)</b> is at the step \
            <b>\(operation.step.rawValue)</b>, begun <time datetime="\(since.description)">\
            \(Wording.ago(since, now: now))</time> by \(Wording.peer(operation.by)) \
            <small>\(operation.id)</small></p>

            """
    }

    // MARK: Colors

    private var colors: HTML {
        var table = DashboardTable(
            "Colors",
            [
                .text("Color"), .text("Health"), .number("In flight"), .number("Streams"),
                .text("Expects"),
            ])
        for color in service.colors {
            let isActive = color.name == service.active
            let serves: HTML = isActive ? " <small>serves</small>" : ""
            table.add(
                "\(Self.swatch(color.name))\(serves)",
                [
                    health(color.healthy), "\(color.inFlight)", "\(color.streams)",
                    color.expects.map { "<code>\($0)</code>" } ?? "-",
                ], isStrong: isActive)
        }
        return table.html
    }

    private var targets: HTML {
        var table = DashboardTable(
            "Targets", [.text("Target"), .text("Health"), .text("Last check")])
        for color in service.colors {
            for target in color.targets {
                let check = target.lastCheck.map { check -> HTML in
                    "\(check.message), \(Wording.ago(check.time, now: now))"
                }
                table.add(
                    "\(Self.swatch(color.name)) <code>\(target.address)</code>",
                    [health(target.healthy), check ?? "not checked yet"])
            }
        }
        return table.html
    }

    private func health(_ isHealthy: Bool) -> HTML {
        isHealthy ? "healthy" : "<b class=\"bad\">unhealthy</b>"
    }

    // MARK: Facts

    private var facts: HTML {
        var table = DashboardTable("State")
        let held = Wording.count(service.held, "request")
        table.add("Held", [service.held > 0 ? "<b class=\"doubtful\">\(held)</b>" : "\(held)"])
        switch service.phase {
        case .maintenance: if let notice = service.notice { table.add("Message", ["\(notice)"]) }
        // What it says may name requests, and this page names none.
        case .heldWrites where service.operation == nil:
            table.add("Writes", ["<code>bascule status</code> says what ends this"])
        case .open, .held, .heldWrites: break
        }
        if let database = service.database { add(database, to: &table) }
        let rollback = service.rollback
        let way = rollback.to.map { " to \($0.name)" } ?? ""
        let reason = rollback.reason.isEmpty ? "" : ": \(rollback.reason)"
        table.add(
            "Rollback",
            ["<b>\(rollback.possible ? "possible\(way)" : "not possible")</b>\(reason)"])
        return table.html
    }

    private func add(_ database: DatabaseStatus, to table: inout DashboardTable) {
        let size = database.bytes.map { ", \(Wording.bytes($0))" } ?? ""
        table.add("Database", ["<code>\(database.path)</code>\(size)"])
        if let migrations = database.migrations {
            let latest = migrations.latest.map { latest -> HTML in
                ", latest <code>\(latest)</code>"
            }
            let count = Wording.count(migrations.count, "migration")
            table.add("Migrations", ["\(count) (\(migrations.tool))\(latest ?? "")"])
        }
        if let problem = database.problem {
            table.add("Problem", ["<b class=\"bad\">\(problem)</b>"])
        }
        if database.asksTargets == false {
            table.add("Expects", ["the targets are not asked (no <code>database.expect</code>)"])
        }
        table.add("Last backup", [age])
        for warning in database.warnings ?? [] {
            table.add(
                "Warning",
                ["<b class=\"doubtful\">\(warning.name.rawValue)</b>: \(warning.message)"])
        }
    }

    private var age: HTML {
        switch backup {
        case .notConfigured: "not configured"
        case .missing: "<b class=\"doubtful\">none</b>"
        case .newest(let moment):
            """
            <time datetime="\(moment.description)">\(Wording.ago(moment, now: now))</time>, \
            \(DashboardPage.time(moment)) UTC
            """
        }
    }
}
