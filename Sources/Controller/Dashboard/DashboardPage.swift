internal import Board
internal import Control

/// The whole page, made from values alone.
struct DashboardPage {
    private let content: DashboardContent
    /// It does not ask again by itself.
    private let isStill: Bool

    init(_ content: DashboardContent, isStill: Bool = false) {
        self.content = content
        self.isStill = isStill
    }

    private var status: Status { content.status }
    private var now: Timestamp { content.now }

    var html: HTML {
        let services = zip(status.services, content.backups).enumerated().map { index, pair in
            DashboardService(pair.0, index: index, backup: pair.1, now: now).html
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>\(title)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <style>
            \(DashboardStyle.sheet)
            </style>
            </head>
            <body>
            \(header)<main>
            \(services)<div class="pair">
            \(operations)\(processes)</div>
            \(certificates)</main>
            </body>
            </html>

            """
    }

    /// What a tab shows: who serves, and first what is not as it mostly is.
    private var title: String {
        let services = status.services.map { service in
            let phase = service.phase == .open ? "" : " \(service.phase.name)"
            let running = service.operation.map { " \($0.kind.rawValue)" } ?? ""
            return "\(service.name)\(phase)\(running): \(service.active.name)"
        }
        return services.joined(separator: ", ") + " - Bascule"
    }

    private var header: HTML {
        let refresh: HTML =
            isStill
            ? "<a href=\"./\">Refresh every \(Dashboard.refreshSeconds) s</a>"
            : "<a href=\"?refresh=off\">Stop refreshing</a>"
        return """
            <header class="top"><h1>Bascule</h1><p>\(status.version)</p>
            <p class="moment"><time datetime="\(now.description)">\(Self.time(now)) UTC</time> \
            \(refresh)</p></header>

            """
    }

    // MARK: Operations

    private var operations: HTML {
        guard !content.operations.isEmpty else {
            return "<p class=\"none\">No operations yet.</p>\n"
        }
        var table = DashboardTable(
            "Last operations",
            [
                .text("Begun (UTC)"), .text("What"), .text("Who"), .text("Outcome"),
                .number("Lost"),
            ])
        for entry in content.operations {
            // Where there is one service alone, its name says nothing.
            let service: HTML = status.services.count == 1 ? "" : "\(entry.service): "
            let who = entry.by.user ?? "uid \(entry.by.uid)"
            table.add(
                Self.begun(entry.started),
                ["\(service)\(entry.what)", "\(who)", outcome(entry), lost(entry)])
        }
        return table.html
    }

    /// On a narrow screen on two lines.
    private static func begun(_ time: Timestamp) -> HTML {
        """
        <time datetime="\(time.description)"><span>\(time.date)</span> \
        <span>\(time.timeOfDay)</span></time>
        """
    }

    private func outcome(_ entry: HistoryEntry) -> HTML {
        guard let outcome = entry.outcome else { return "<b class=\"doubtful\">goes on</b>" }
        let word = outcome.rawValue.replacing("_", with: " ")
        switch outcome {
        case .done: return "\(word)"
        case .refused, .busy: return "<b class=\"doubtful\">\(word)</b>"
        case .timedOut, .rolledBack, .lost, .failed: return "<b class=\"bad\">\(word)</b>"
        }
    }

    private func lost(_ entry: HistoryEntry) -> HTML {
        guard let lost = entry.report?.lost else { return "-" }
        return lost == 0 ? "0" : "<b class=\"bad\">\(lost)</b>"
    }

    // MARK: Processes

    private var processes: HTML {
        var table = DashboardTable(
            "Processes",
            [
                .text("Process"), .number("Pid"), .text("Stage"), .number("Generation"),
                .number("Connections"),
            ])
        let controller = status.controller
        table.add(
            "controller",
            [
                "\(Int(controller.pid))", "started \(Wording.ago(controller.started, now: now))",
                "", "",
            ])
        for worker in status.workers {
            let stage: HTML =
                switch worker.stage {
                case "accepting": "accepting"
                case "stalled": "<b class=\"bad\">stalled</b>"
                case _: "<b class=\"doubtful\">\(worker.stage)</b>"
                }
            table.add(
                "worker \(worker.id)",
                ["\(Int(worker.pid))", stage, "\(worker.generation)", "\(worker.connections)"])
        }
        return table.html
    }

    private var certificates: HTML {
        var table = DashboardTable(
            "Certificates", [.text("Names"), .text("Listener"), .text("Until"), .text("Doubts")])
        for certificate in status.certificates ?? [] {
            let names = certificate.names.joined(separator: ", ")
            let doubts = (certificate.daysWarning(at: now).map { [$0] } ?? []) + certificate.doubts
            let all = doubts.joined(separator: "; ")
            table.add(
                names.isEmpty ? "\(certificate.path)" : "\(names)",
                [
                    "\(certificate.listener)", "\(certificate.notAfter.date)",
                    all.isEmpty ? "-" : "<b class=\"doubtful\">\(all)</b>",
                ])
        }
        return table.isEmpty ? "" : table.html
    }

    /// `2026-01-15 14:30:00`.
    static func time(_ time: Timestamp) -> String { "\(time.date) \(time.timeOfDay)" }
}
