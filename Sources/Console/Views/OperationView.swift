public import Control

/// The steps of an operation as they happen, and its end.
///
/// On a terminal the step that goes on stands in a live line, which the next one replaces; at a
/// pipe every message is a line of its own.
public struct OperationView: Sendable {
    /// What to write.
    public enum Drawing: Equatable, Sendable {
        /// Stays.
        case line(String)
        /// Replaces the live line before, and is replaced by whatever comes next.
        case live(String)
    }

    private let style: Style
    /// When the step that goes on began.
    private var begun: (step: Step, time: Timestamp)?
    private var lastProgress = ""
    /// The step whose passing or failing was shown last.
    private var closed: Step?
    /// The last event, once it came.
    public private(set) var ending: Event.Ending?
    /// As the events named it.
    public private(set) var operation: String?

    public init(_ style: Style) { self.style = style }

    public mutating func show(_ event: Event) -> [Drawing] {
        operation = event.operation ?? operation
        switch event.state {
        case .started:
            begun = (event.step, event.time)
            closed = nil
            lastProgress = ""
            return ended(event) ?? (style.isTerminal ? [.live(live(event))] : [])
        case .progress:
            if let drawings = ended(event) { return drawings }
            if style.isTerminal { return [.live(live(event))] }
            guard event.message != lastProgress else { return [] }
            lastProgress = event.message
            return [.line(row(event))]
        case .passed, .failed:
            let end = ended(event)
            // A last event that only repeats a step which is closed has nothing to add to its end.
            if let end, closed == event.step { return end }
            closed = event.step
            return [.line(row(event))] + findings(event) + (end ?? [])
        }
    }

    private func elapsed(_ event: Event) -> String {
        guard let begun, begun.step == event.step else { return "" }
        return Wording.elapsed(milliseconds: Double(event.time.milliseconds(since: begun.time)))
    }

    /// `  ✓ drain        120 ms  41 finished`: columns are fixed, for lines cannot wait for others.
    private func row(_ event: Event) -> String {
        let (sign, word, tint): (String, String, Tint) =
            switch event.state {
            case .started: ("…", "started", .faint)
            case .progress: ("…", "progress", .faint)
            case .passed: ("✓", "passed", .good)
            case .failed: ("✗", "failed", .bad)
            }
        let mark = style.isTerminal ? sign : Self.padded(word, 8)
        let step = Self.padded(event.step.rawValue, 9)
        let time = Self.padded(elapsed(event), 8, atRight: true)
        let message = Wording.safe(event.message)
        let line =
            "  \(style.paint(mark, tint)) \(step) \(style.paint(time, .faint))  \(message)"
        return line.last == " " ? String(line.dropLast(2)) : line
    }

    private func live(_ event: Event) -> String {
        let text =
            "  … \(Self.padded(event.step.rawValue, 9)) "
            + Self.padded(elapsed(event), 8, atRight: true) + "  \(Wording.safe(event.message))"
        return style.paint(String(text.prefix(max(20, style.columns - 1))), .faint)
    }

    private static func padded(_ text: String, _ width: Int, atRight: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - text.count))
        return atRight ? padding + text : text + padding
    }

    /// The checks and requests that an event names.
    private func findings(_ event: Event) -> [Drawing] {
        var lines: [String] = []
        if let value = event.details["checks"],
            case .success(let checks) = Result(catching: {
                try ControlJSON.decode([Check].self, from: value)
            })
        {
            // A step that passed is one line, unless something in it is doubtful.
            let shown = event.state == .passed ? checks.filter { $0.state == .warned } : checks
            lines += CheckView.lines(shown, style, indent: 6)
        }
        if let value = event.details["losses"],
            case .success(let losses) = Result(catching: {
                try ControlJSON.decode([TableLoss].self, from: value)
            })
        {
            lines += DatabaseView.lines(losses, style, indent: 6)
        }
        if event.state == .failed, let value = event.details["requests"],
            case .success(let requests) = Result(catching: {
                try ControlJSON.decode([InFlightRequest].self, from: value)
            })
        {
            lines += RequestsView.lines(requests, style, indent: 6)
        }
        if event.state == .failed, let value = event.details["silent"],
            case .success(let workers) = Result(catching: {
                try ControlJSON.decode([SilentWorker].self, from: value)
            })
        {
            lines += RequestsView.lines(workers, style, indent: 6)
        }
        return lines.map(Drawing.line)
    }

    private mutating func ended(_ event: Event) -> [Drawing]? {
        guard let ending = event.ending else { return nil }
        self.ending = ending
        return EndingView.lines(
            event.service, ending, message: event.message, isSwitched: event.state == .passed,
            style
        ).map(Drawing.line)
    }
}
