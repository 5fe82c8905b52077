public import Control
public import Kernel

/// Writes drawings, so that a live line is replaced in place.
public struct Output: Sendable {
    public let style: Style
    private let output: ThisProcess.Output
    private var hasLiveLine = false
    /// Whether something could not be written: a disk is full, or nobody listens.
    public private(set) var isBroken = false

    /// Colors where a terminal is, unless NO_COLOR is set and not empty (no-color.org) or TERM is
    /// `dumb`.
    public init(_ output: ThisProcess.Output) {
        let refuses =
            ThisProcess.environment("NO_COLOR")?.isEmpty == false
            || ThisProcess.environment("TERM") == "dumb"
        let isTerminal = TerminalDevice.isTerminal(output)
        style = Style(
            isTerminal: isTerminal, isColored: !refuses,
            columns: TerminalDevice.columns(output) ?? 80)
        self.output = output
    }

    public mutating func draw(_ drawings: [OperationView.Drawing]) {
        for drawing in drawings {
            switch drawing {
            case .line(let text):
                write(text)
            case .live(let text):
                ThisProcess.write("\r\u{1b}[2K\(text)", to: output)
                hasLiveLine = true
            }
        }
    }

    /// A line that stays.
    public mutating func write(_ line: String) {
        clear()
        put(line + "\n")
    }

    public mutating func write(_ lines: [String]) {
        clear()
        put(lines.map { $0 + "\n" }.joined())
    }

    private mutating func put(_ text: String) {
        if !ThisProcess.write(text, to: output) { isBroken = true }
    }

    /// Takes the live line away.
    public mutating func clear() {
        if hasLiveLine { ThisProcess.write("\r\u{1b}[2K", to: output) }
        hasLiveLine = false
    }
}

extension Timestamp {
    /// The time of day now.
    public static var now: Timestamp {
        Timestamp(milliseconds: Int64(clamping: WallClock.milliseconds))
    }
}
