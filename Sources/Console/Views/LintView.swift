public import Control

/// What statements would do to the code that serves now, for a person and for a pipeline's log.
public enum LintView {
    /// `bascule db lint`.
    public static func lines(_ answer: LintAnswer, _ style: Style) -> [String] {
        let name = Wording.safe(answer.file ?? "the statements")
        if let problem = answer.problem {
            let place = "\(name):\(problem.line):\(problem.column)"
            return [
                "\(place): \(style.paint("failed", .bad)): \(Wording.safe(problem.message))",
                "  " + Wording.safe(problem.statement),
            ]
        }
        var lines = answer.findings.flatMap { finding($0, style) }
        if answer.more > 0 { lines.append("and \(answer.more) more") }
        return lines + [conclusion(name, answer, style)]
    }

    private static func finding(_ finding: CheckFinding, _ style: Style) -> [String] {
        var lines = [
            "\(style.paint(finding.verdict, tint(finding.verdict))) \(Wording.safe(finding.id))",
            "  " + Wording.safe(finding.message),
        ]
        if let remedy = finding.remedy { lines.append(style.paint("  " + remedy, .faint)) }
        return lines
    }

    private static func conclusion(
        _ name: String, _ answer: LintAnswer, _ style: Style
    ) -> String {
        let verdict = answer.verdict ?? "safe"
        let count = answer.findings.count + answer.more
        let changes = count == 1 ? "1 change" : "\(count) changes"
        let meaning =
            switch verdict {
            case "safe": "the code that serves now does not notice"
            case "warn": "the code that serves now goes on, and may read or order otherwise"
            case _: "the code that serves now fails"
            }
        let copy =
            switch answer.copy {
            case .rows: ""
            case .schema: "; tried without rows"
            }
        return "\(name): \(style.paint(verdict, tint(verdict))): \(changes); \(meaning)\(copy)"
    }

    private static func tint(_ verdict: String) -> Tint {
        switch verdict {
        case "safe": .good
        case "warn": .doubtful
        case _: .bad
        }
    }
}
