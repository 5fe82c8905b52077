public import Control

/// The shared database and its backups, for a person.
public enum DatabaseView {
    /// `bascule db status`.
    public static func lines(
        _ report: DatabaseReport, _ style: Style, now: Timestamp
    ) -> [String] {
        var table = Table()
        func row(_ name: String, _ text: String, _ tint: Tint = .plain) {
            table.add([Cell(name, .faint), Cell(Wording.safe(text), tint)])
        }
        row("file", report.path)
        if let problem = report.problem { row("problem", problem, .bad) }
        if let bytes = report.bytes {
            let log = report.walBytes ?? 0
            row("size", Wording.bytes(bytes) + (log > 0 ? ", log \(Wording.bytes(log))" : ""))
        }
        if let free = report.freePages, let page = report.pageBytes {
            row("free pages", "\(free) (\(Wording.bytes(free * page)))")
        }
        if let mode = report.journalMode { row("journal mode", mode) }
        if let migrations = report.migrations {
            let latest = migrations.latest.map { ", latest \($0)" } ?? ""
            row("migrations", "\(migrations.count) of \(migrations.tool)\(latest)")
        }
        if let free = report.freeDiskBytes {
            let days = report.daysUntilFull.map { ", full in \(number($0)) days as it grows" } ?? ""
            row("free disk", Wording.bytes(free) + days)
        }
        if !report.lockHolders.isEmpty { row("write lock", holders(report.lockHolders), .doubtful) }
        if report.lockWaits > 0 { row("lock waits", "\(report.lockWaits)", .doubtful) }
        if let backup = report.backup {
            backups(backup, now, row)
        } else {
            row("backups", "none configured")
        }
        let drill = report.drillSchedule.map { schedule in
            "; \(schedule)" + (report.nextDrill.map { ", next \($0)" } ?? "")
        }
        row(
            "last drill",
            (report.lastDrill.map { Wording.ago($0, now: now) } ?? "never") + (drill ?? ""))
        for warning in report.warnings ?? [] {
            row(warning.name.rawValue, warning.message, .doubtful)
        }
        return [style.paint(report.service, .strong)] + table.lines(style, indent: 2)
    }

    private static func backups(
        _ backup: BackupStatus, _ now: Timestamp, _ row: (String, String, Tint) -> Void
    ) {
        let place = "\(backup.count) in \(backup.directory)"
        row("backups", place, backup.count == 0 ? .doubtful : .plain)
        if let last = backup.last {
            let age = last.created.map { ", \(Wording.ago($0, now: now))" } ?? ""
            row("last backup", "\(last.file), \(Wording.bytes(last.bytes))\(age)", .plain)
        }
        if let schedule = backup.schedule {
            let next = backup.next.map { ", next \($0)" } ?? ""
            row("schedule", schedule + next, .plain)
        }
    }

    /// `bascule db backups`.
    public static func lines(
        _ answer: BackupsAnswer, _ style: Style, now: Timestamp
    ) -> [String] {
        guard !answer.backups.isEmpty else { return ["no backups in \(answer.directory)"] }
        var table = Table(rightAligned: [1])
        table.add(
            ["FILE", "SIZE", "AGE", "REASON", "LATEST MIGRATION", ""].map { Cell($0, .faint) })
        for entry in answer.backups {
            table.add([
                Cell(Wording.safe(entry.file)), Cell(Wording.bytes(entry.bytes)),
                Cell(entry.created.map { Wording.ago($0, now: now) } ?? "?"),
                Cell(entry.reason?.rawValue ?? "?"), Cell(Wording.safe(entry.latest ?? "-")),
                Cell(Wording.safe(entry.problem ?? ""), .bad),
            ])
        }
        return table.lines(style)
    }

    /// `bascule db prune`.
    public static func lines(_ answer: PruneAnswer, _ style: Style) -> [String] {
        guard !answer.removed.isEmpty else {
            let backups = Wording.count(answer.left, "backup")
            return ["nothing to remove: \(backups), \(answer.keep) of each kind stay"]
        }
        return answer.removed.map { "removed \(Wording.safe($0))" } + ["\(answer.left) are left"]
    }

    /// What a verification outside `backup.directory` found.
    public static func lines(_ finding: VerifyFinding, _ style: Style) -> [String] {
        if finding.verified {
            let good = style.paint("what its manifest says", .good)
            return ["\(Wording.safe(finding.file)) is \(good)"]
        }
        let bad = style.paint("not verified", .bad)
        return ["\(Wording.safe(finding.file)) is \(bad)"]
            + finding.problems.map { "  " + Wording.safe($0) }
    }

    /// What a restore would take away.
    public static func lines(_ losses: [TableLoss], _ style: Style, indent: Int) -> [String] {
        guard !losses.isEmpty else { return [] }
        var table = Table(rightAligned: [1, 2, 3])
        table.add(["TABLE", "NOW", "BACKUP", "WOULD BE LOST"].map { Cell($0, .faint) })
        for loss in losses {
            table.add([
                Cell(Wording.safe(loss.table)), Cell("\(loss.live)"),
                Cell(loss.backup.map { "\($0)" } ?? "none"),
                Cell("\(loss.lost)", loss.lost > 0 ? .bad : .plain),
            ])
        }
        return table.lines(style, indent: indent)
    }

    private static func holders(_ processes: [Int32]) -> String {
        processes.map { $0 == 0 ? "a process outside this container" : "process \($0)" }
            .joined(separator: ", ")
    }

    private static func number(_ days: Double) -> String {
        days >= 10 ? "\(Int(days))" : "\((days * 10).rounded() / 10)"
    }
}
