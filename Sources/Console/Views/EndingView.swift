internal import Board
public import Control

/// The last lines of an operation: how it ended, who serves, and what it did to requests.
public enum EndingView {
    public static func lines(
        _ service: String, _ ending: Event.Ending, message: String, isSwitched: Bool,
        _ style: Style
    ) -> [String] {
        let color = style.paint(ending.active.name, Tint(ending.active))
        let serves = "\(color) serves \(service) (epoch \(ending.epoch))"
        let report = ending.report
        let text =
            switch ending.outcome {
            case .done: "\(style.paint("done", .good)): \(serves), nothing lost"
            case .refused: "\(style.paint("refused", .bad)): nothing changed, \(serves)"
            case .timedOut:
                "\(style.paint("out of time", .bad)): all is back as it was, \(serves),"
                    + " nothing lost"
            case .rolledBack:
                "\(style.paint("rolled back", .bad)): the watch failed, \(serves) again"
            case .lost:
                style.paint("lost \(Wording.count(report.lost, "request"))", .bad)
                    + ": \(serves)"
            case .busy: "\(style.paint("busy", .bad)): \(Wording.safe(message))"
            // Who serves stands at its front where that is the point of it.
            case .failed where message.hasPrefix("\(ending.active.name) still serves"):
                "\(style.paint("failed", .bad)): \(Wording.safe(message))"
            case .failed: "\(style.paint("failed", .bad)): \(Wording.safe(message)); \(serves)"
            }
        let more =
            ending.outcome == .done && message.hasPrefix("\(ending.active.name) serves; ")
            ? ["  " + Wording.safe(message)] : []
        let counts = summary(report, elapsed: elapsed(ending, isSwitched: isSwitched))
        let watched = report.watch.map { ["  " + style.paint(watch($0), .faint)] } ?? []
        let counted = counts.isEmpty ? [] : ["  " + style.paint(counts, .faint)]
        return [text] + more + counted + watched
    }

    /// `watched for 30 s: 1204 answers, 0.1 % failed, 3.2 ms; before: 1180 answers, ...`.
    private static func watch(_ watch: WatchReport) -> String {
        func text(_ figures: WatchReport.Figures) -> String {
            guard figures.answers > 0 else { return "no answers" }
            let percent = Wording.decimal(figures.share * 100)
            let mean = Wording.elapsed(milliseconds: figures.meanMilliseconds)
            return "\(Wording.count(figures.answers, "answer")), \(percent) % failed, \(mean)"
        }
        return "watched for \(Wording.elapsed(milliseconds: watch.milliseconds)): "
            + "\(text(watch.after)); before: \(text(watch.before))"
    }

    /// What the time from the hold to the release is called; nil where it says nothing.
    private static func elapsed(_ ending: Event.Ending, isSwitched: Bool) -> String? {
        switch ending.outcome {
        case .done, .rolledBack: "switched in"
        case .lost: isSwitched ? "switched in" : "held for"
        case .refused, .timedOut: "held for"
        case .busy, .failed: nil
        }
    }

    /// `41 finished, 7 held, 7 released, longest hold 31.5 ms, switched in 40 ms`: what is 0 is
    /// left out.
    static func summary(_ report: Report, elapsed: String?) -> String {
        let counts = [
            (report.finished, "finished"), (report.held, "held"), (report.released, "released"),
            (report.expired, "expired"), (report.cut, "cut"), (report.gone, "gone"),
            (report.retried, "retried"), (report.upstreamFailures, "answered 502 or 504"),
            (report.lostWithWorker, "lost with a worker"), (report.streams, "streams open"),
        ]
        var parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if report.held > 0 {
            parts.append(
                "longest hold \(Wording.elapsed(milliseconds: report.longestHoldMilliseconds))")
        }
        if let elapsed, report.switchMilliseconds > 0 {
            parts.append("\(elapsed) \(Wording.elapsed(milliseconds: report.switchMilliseconds))")
        }
        return parts.joined(separator: ", ")
    }
}
