public import Board

/// What a piece of text means to the reader; the terminal shows it as a color.
public enum Tint: Hashable, Sendable {
    case plain, strong, faint, good, doubtful, bad, blue, green

    public init(_ color: Color) {
        switch color {
        case .blue: self = .blue
        case .green: self = .green
        }
    }

    /// SGR parameters (ECMA-48 section 8.3.117).
    var parameters: String {
        switch self {
        case .plain: "0"
        case .strong: "1"
        case .faint: "2"
        case .good: "32"
        case .doubtful: "33"
        case .bad: "1;31"
        case .blue: "1;34"
        case .green: "1;32"
        }
    }
}

/// How output is written: for a person at a terminal, or for a program at a pipe.
public struct Style: Hashable, Sendable {
    /// Live lines, signs instead of words.
    public let isTerminal: Bool
    /// Never without a terminal.
    public let isColored: Bool
    /// Live lines are cut to this, so that they stay one line.
    public let columns: Int

    public init(isTerminal: Bool, isColored: Bool, columns: Int) {
        self.isTerminal = isTerminal
        self.isColored = isTerminal && isColored
        self.columns = columns
    }

    public static let plain = Style(isTerminal: false, isColored: false, columns: 80)

    public func paint(_ text: String, _ tint: Tint) -> String {
        guard isColored, tint != .plain, !text.isEmpty else { return text }
        return "\u{1b}[\(tint.parameters)m\(text)\u{1b}[0m"
    }
}
