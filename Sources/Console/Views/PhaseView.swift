internal import Board
public import Control

/// What a hold or a release came to.
public enum PhaseView {
    public static func lines(_ answer: PhaseAnswer, _ style: Style) -> [String] {
        let name = style.paint(answer.service, .strong)
        let color = style.paint(answer.active.name, Tint(answer.active))
        let ends = answer.phaseEnds.map { ", ends at \($0.date) \($0.timeOfDay) UTC" } ?? ""
        return [
            "\(name): \(color) serves, \(answer.phase.name)\(ends)",
            "  \(Wording.safe(answer.message))",
        ]
    }
}
