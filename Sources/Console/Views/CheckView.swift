internal import Board
public import Control

/// Named checks: what passed in a line each, what did not with what was seen and expected.
public enum CheckView {
    /// The answer to `bascule check`.
    public static func lines(_ answer: CheckAnswer, _ style: Style) -> [String] {
        let color = style.paint(answer.to.name, Tint(answer.to))
        let verdict =
            answer.passed
            ? style.paint("a switch to it may start", .good)
            : style.paint("a switch to it would be refused", .bad)
        let rollback = answer.rollback
        let way = rollback.to.map { " to \($0.name)" } ?? ""
        let back =
            "way back afterwards: " + (rollback.possible ? "possible\(way)" : "not possible")
            + (rollback.reason.isEmpty ? "" : ": \(rollback.reason)")
        return ["\(style.paint(answer.service, .strong)), \(color): \(verdict)"]
            + lines(answer.checks, style, indent: 2) + ["  " + back]
    }

    public static func lines(_ checks: [Check], _ style: Style, indent: Int) -> [String] {
        var table = Table()
        for check in checks {
            // What stands below in full need not stand here.
            let saw = isExplained(check) ? "" : check.saw ?? ""
            let text = [check.verdict ?? "", Wording.safe(saw)].filter { !$0.isEmpty }
            table.add([
                sign(check.state, style), Cell(check.name.rawValue),
                Cell(text.joined(separator: ": "), tint(check.state)),
            ])
        }
        let rows = table.lines(style, indent: indent)
        return zip(rows, checks).flatMap { row, check in
            [row] + explanation(check, style, indent: indent + 4)
        }
    }

    private static func isExplained(_ check: Check) -> Bool {
        switch check.state {
        case .refused, .warned: true
        case .passed, .skipped: false
        }
    }

    private static func explanation(_ check: Check, _ style: Style, indent: Int) -> [String] {
        guard isExplained(check) else { return [] }
        var table = Table()
        for (name, text) in [
            ("saw", check.saw), ("expected", check.expected), ("hint", check.hint),
        ] {
            if let text { table.add([Cell(name, .faint), Cell(Wording.safe(text))]) }
        }
        if check.state == .refused, check.isOverridable {
            table.add([
                Cell("override", .faint), Cell("--override \(check.name.rawValue)", .faint),
            ])
        }
        return table.lines(style, indent: indent) + findings(check, style, indent: indent)
    }

    /// The changes of the schema that stand in the way, each with what it does.
    private static func findings(_ check: Check, _ style: Style, indent: Int) -> [String] {
        (check.findings ?? []).filter { $0.verdict != "safe" }.flatMap { finding in
            let isBreak = finding.verdict == "break"
            let taken = finding.accepted == true ? ", accepted" : ""
            let head = "\(Wording.safe(finding.id)) (\(finding.verdict)\(taken))"
            var table = Table()
            table.add([
                Cell(finding.color.name, Tint(finding.color)),
                Cell(head, isBreak ? .bad : .doubtful),
            ])
            table.add([Cell("", .faint), Cell(Wording.safe(finding.message))])
            if let remedy = finding.remedy { table.add([Cell("", .faint), Cell(remedy, .faint)]) }
            return table.lines(style, indent: indent)
        }
    }

    private static func sign(_ state: CheckState, _ style: Style) -> Cell {
        let sign =
            switch state {
            case .passed: "✓"
            case .refused: "✗"
            case .warned: "!"
            case .skipped: "-"
            }
        return Cell(style.isTerminal ? sign : state.rawValue, tint(state))
    }

    private static func tint(_ state: CheckState) -> Tint {
        switch state {
        case .passed: .good
        case .refused: .bad
        case .warned: .doubtful
        case .skipped: .faint
        }
    }
}
