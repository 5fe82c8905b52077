internal import Control
internal import LoadClient

/// The numbers at the end, and what they mean for the exit code.
struct DemoResult {
    let report: LoadReport
    let audit: Audit
    /// What Bascule's journal says of its own work.
    let operations: [HistoryEntry]

    /// What a client noticed as an error, or lost after it was acknowledged.
    private var lost: Int { report.failed.count + audit.missing.count }

    private var isClean: Bool {
        audit.doubled.isEmpty && audit.unasked.isEmpty && audit.astray.isEmpty
            && audit.onWrongColor == 0
            && report.lostConnections.isEmpty && lostByBascule == 0
            && !report.acknowledged.isEmpty
    }

    private var lostByBascule: Int { operations.compactMap(\.report?.lost).reduce(0, +) }

    var exitCode: Int32 {
        if lost > 0 { return Exit.lost.rawValue }
        return isClean ? Exit.done.rawValue : Exit.failed.rawValue
    }

    func table(on console: DemoConsole) -> String {
        let reads = report.records.count { $0.kind == .read && $0.isAcknowledged }
        let longestHold = operations.compactMap(\.report?.longestHoldMilliseconds).max() ?? 0
        let acknowledged = report.acknowledged.count
        var lines = [
            row("requests", report.records.count, "over \(report.connectionsMade) connections"),
            row("transactions", acknowledged, "acknowledged, \(reads) read back by their client"),
            row("in database", acknowledged - audit.missing.count, "of these, each exactly once"),
            row("lost", lost, lost == 0 ? "" : "failed or missing"),
            row("cut", report.lostConnections.count, "keep-alive connections closed on a client"),
            row("astray", audit.astray.count + audit.onWrongColor, "on a color that did not serve"),
            "  longest hold  \(milliseconds(longestHold)), by Bascule's journal",
            "  request time  p50 \(time(0.5)), p99 \(time(0.99)), longest \(time(1))",
        ]
        for record in report.failed.prefix(5) {
            lines.append(console.red("  failed: \(record.kind) \(record.id): \(record.outcome)"))
        }
        for id in (audit.missing + audit.doubled + audit.unasked + audit.astray).prefix(5) {
            lines.append(console.red("  not as told: \(id)"))
        }
        let verdict =
            exitCode == 0
            ? console.green("Nothing was lost.") : console.red("Something was off: see above.")
        return (lines + ["", console.bold(verdict)]).joined(separator: "\n")
    }

    private func row(_ name: String, _ number: Int, _ what: String) -> String {
        let label = name.padded(to: 12)
        let digits = "\(number)"
        let pad = String(repeating: " ", count: max(0, 7 - digits.count))
        return "  \(label)  \(pad)\(digits)" + (what.isEmpty ? "" : "  \(what)")
    }

    private func time(_ share: Double) -> String {
        milliseconds(Double(report.quantile(share)) / 1_000_000)
    }

    /// One decimal below 100 ms.
    private func milliseconds(_ value: Double) -> String {
        if value >= 100 { return "\(Int(value.rounded())) ms" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
