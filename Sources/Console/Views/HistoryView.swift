internal import Board
public import Control

/// Past operations, and single events.
public enum HistoryView {
    public static func lines(_ answer: HistoryAnswer, _ style: Style) -> [String] {
        guard !answer.operations.isEmpty else { return ["no operations yet"] }
        var table = Table()
        table.add(
            ["TIME (UTC)", "SERVICE", "OPERATION", "WHAT", "OUTCOME", "BY", "MESSAGE"]
                .map { Cell($0, .faint) })
        for entry in answer.operations {
            table.add([
                Cell("\(entry.started.date) \(entry.started.timeOfDay)"), Cell(entry.service),
                Cell(entry.operation, .faint),
                Cell(entry.what), outcome(entry), Cell(entry.by.user ?? "uid \(entry.by.uid)"),
                Cell(Wording.safe(entry.message)),
            ])
        }
        return table.lines(style)
    }

    /// One operation with its events.
    public static func lines(_ entry: HistoryEntry, _ style: Style) -> [String] {
        let mode = entry.mode.map { ", \($0.rawValue)" } ?? ""
        var lines = [
            "\(entry.operation): \(entry.kind.rawValue) of \(entry.service) from"
                + " \(entry.from.name) to \(entry.to.name)\(mode)",
            "  begun \(entry.started) by \(Wording.peer(entry.by))",
        ]
        if let command = entry.command { lines.append("  \(Wording.safe(command))") }
        if let accepts = entry.accepts {
            let names = Wording.safe(accepts.joined(separator: ", "))
            lines.append(style.paint("  accepted: \(names)", .doubtful))
        }
        if !entry.overrides.isEmpty {
            let names = entry.overrides.map(\.rawValue).joined(separator: ", ")
            lines.append(style.paint("  overridden: \(names)", .doubtful))
        }
        // What is over is no live line.
        var view = OperationView(
            Style(isTerminal: false, isColored: false, columns: style.columns))
        for event in entry.events ?? [] {
            for case .line(let line) in view.show(event) { lines.append(line) }
        }
        if entry.outcome == nil { lines.append("  it goes on") }
        return lines
    }

    /// One event of the stream.
    public static func line(_ event: Event, _ style: Style) -> String {
        let tint: Tint =
            switch event.state {
            case .started, .progress: .faint
            case .passed: .good
            case .failed: .bad
            }
        let outcome = event.ending.map { " (\($0.outcome.rawValue))" } ?? ""
        return "\(style.paint(event.time.description, .faint)) \(event.service)"
            + " \(event.step.rawValue) \(style.paint(event.state.rawValue, tint)):"
            + " \(Wording.safe(event.message))\(outcome)"
    }

    private static func outcome(_ entry: HistoryEntry) -> Cell {
        guard let outcome = entry.outcome else { return Cell("goes on", .doubtful) }
        switch outcome {
        case .done: return Cell(outcome.rawValue, .good)
        case .refused, .busy: return Cell(outcome.rawValue, .doubtful)
        case .timedOut, .rolledBack, .lost, .failed: return Cell(outcome.rawValue, .bad)
        }
    }
}
