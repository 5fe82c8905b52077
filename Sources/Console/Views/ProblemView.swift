internal import Board
public import Control

/// Why something was not done, for a person.
public enum ProblemView {
    public static func lines(_ problem: Problem, _ style: Style, now: Timestamp) -> [String] {
        // One finding a line.
        let detail = problem.detail.split(separator: "\n").map { Wording.safe(String($0)) }
        var lines = ["bascule: " + detail.joined(separator: "\n  ")]
        if let operation = problem.operation {
            let way = operation.to.map { " to \($0.name)" } ?? ""
            lines.append(
                "  running: \(operation.kind.rawValue)\(way), step \(operation.step.rawValue),"
                    + " begun \(Wording.ago(operation.since, now: now)) by"
                    + " \(Wording.peer(operation.by)), \(operation.id)")
        }
        if let hint = problem.hint { lines.append("  hint: \(Wording.safe(hint))") }
        return lines.map { style.paint($0, $0 == lines.first ? .bad : .plain) }
    }
}
