import Board
import Control
import Kernel
import Settings
import SharedDatabase
import Testing

@testable import Controller

@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    private static let hostile = "<script>alert('1')</script>&\""
    private static let now = Timestamp(milliseconds: 1_768_487_400_000)

    private static func time(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds + seconds * 1_000)
    }

    /// Blue and green, with this text wherever one comes from outside.
    private static func service(_ text: String = "plain") -> ServiceStatus {
        let check = ProbeReport(
            time: time(-3), passed: true, status: 200, message: text, milliseconds: 1)
        var database = DatabaseStatus(
            path: text, migrations: MigrationStatus(tool: text, latest: text, count: 3),
            bytes: 49_152, problem: text)
        database.warnings = [DatabaseWarning(.log, text)]
        return ServiceStatus(
            name: text, active: .green, phase: .open, epoch: 7,
            colors: [
                ColorStatus(
                    name: .blue, healthy: false,
                    targets: [TargetStatus(address: text, healthy: false, lastCheck: nil)],
                    inFlight: 0, streams: 12, expects: nil),
                ColorStatus(
                    name: .green, healthy: true,
                    targets: [TargetStatus(address: text, healthy: true, lastCheck: check)],
                    inFlight: 345, streams: 0, expects: text),
            ], held: 0, database: database,
            rollback: RollbackAdvice(possible: true, to: .blue, reason: text))
    }

    private static func content(
        _ service: ServiceStatus, _ text: String = "plain", _ outcome: Outcome? = .done
    ) -> DashboardContent {
        DashboardContent(
            status: Status(
                version: text, services: [service],
                workers: [
                    WorkerStatus(id: 0, pid: 4_711, generation: 1, stage: text, connections: 9)
                ], controller: ControllerStatus(pid: 4_710, started: time(-60)),
                certificates: [
                    CertificateStatus(
                        listener: text, path: text, names: [text], key: .rsa, notBefore: time(-9),
                        notAfter: time(86_400), doubts: [text])
                ]),
            backups: [.newest(time(-125))],
            operations: [
                HistoryEntry(
                    operation: text, service: text, kind: .switch, from: .blue, to: .green,
                    mode: .handover, started: time(-10), ended: time(-9), outcome: outcome,
                    message: "GET /secret (9 ms)", by: Peer(uid: 0, pid: 1, user: text),
                    overrides: [], report: Report(cut: outcome == .lost ? 2 : 0))
            ], now: now)
    }

    private static func page(
        _ change: (inout ServiceStatus) -> Void = { _ in }, _ outcome: Outcome? = .done
    ) -> String {
        var service = service()
        change(&service)
        return DashboardPage(content(service, "plain", outcome)).html.text
    }

    @Test("A text that is put into markup is escaped, and markup is not escaped twice")
    func escaping() {
        #expect(
            HTML.escaped("<a b=\"c\">'&'</a>")
                == "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;")
        #expect(HTML.escaped("a\u{0}b\u{1b}[2Jc\u{85}d\ne") == "a?b?[2Jc?d\ne")
        let text = "<&>"
        let inner: HTML = "<i>\(text)</i>"
        let outer: HTML = "<b title=\"\(text)\">\(inner)\([inner, inner])\(7)</b>"
        let escaped = "<i>&lt;&amp;&gt;</i>"
        #expect(
            outer.text == "<b title=\"&lt;&amp;&gt;\">\(escaped)\(escaped)\(escaped)7</b>")
    }

    @Test("Nothing that comes from outside is markup")
    func hostile() {
        var service = Self.service(Self.hostile)
        service.operation = OperationStatus(
            id: Self.hostile, kind: .switch, to: .blue, step: .drain, since: Self.time(-3),
            by: Peer(uid: 0, pid: 1, user: Self.hostile))
        service.phase = .maintenance
        service.notice = Self.hostile
        let page = DashboardPage(Self.content(service, Self.hostile)).html.text
        #expect(!page.contains("<script"))
        #expect(!page.contains("'1'"))
        #expect(page.count(of: "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;") > 15)
    }

    @Test("The page says what status says, and every element has its end")
    func page() {
        let page = Self.page()
        for words in [
            "<title>plain: green - Bascule</title>", "<i class=\"green\"></i>green</span> serves",
            ">open</b>", "epoch 7", "<td class=\"number\">345</td>", "<td class=\"number\">12</td>",
            "not checked yet", "plain, 3 s ago", "no requests", "<code>plain</code>, 48 KiB",
            "3 migrations (plain), latest <code>plain</code>", "2 min ago",
            "<b>possible to blue</b>",
            "switch blue to green", "2026-01-15", "4711", "4710", "started 60 s ago",
            "expires in 24 hours",
        ] { #expect(page.contains(words), "\(words)") }
        for element in ["section", "table", "caption", "thead", "tbody", "tr", "div", "p", "main"] {
            let begun = page.count(of: "<\(element)>") + page.count(of: "<\(element) ")
            #expect(begun > 0, "\(element)")
            #expect(begun == page.count(of: "</\(element)>"), "\(element)")
        }
        // A message names requests of clients.
        #expect(!page.contains("/secret"))
    }

    @Test("A phase, its end, an operation and an outcome are said in words")
    func words() {
        let held = Self.page {
            $0.phase = .held
            $0.held = 14
            $0.phaseEnds = Self.time(8)
            $0.operation = OperationStatus(
                id: "01J", kind: .deploy, to: .blue, step: .command, since: Self.time(-3),
                by: Peer(uid: 1_000, pid: 42, user: "anna"))
        }
        for words in [
            "<title>plain held deploy: green", ">held</b>", "14 requests", "in 8 s",
            "<b>deploy to blue</b> is at the step <b>command</b>", "anna (uid 1000, pid 42)",
        ] { #expect(held.contains(words), "\(words)") }
        let maintained = Self.page {
            $0.phase = .maintenance
            $0.notice = "back at noon"
        }
        #expect(maintained.contains(">maintenance</b> <span>until it is turned off"))
        #expect(maintained.contains("back at noon"))
        let closed = Self.page {
            $0.phase = .heldWrites
            $0.notice = "GET /secret did not finish"
        }
        #expect(closed.contains("<code>bascule status</code> says what ends this"))
        #expect(!closed.contains("/secret"))
        #expect(Self.page({ _ in }, nil).contains("goes on"))
        #expect(Self.page({ _ in }, .timedOut).contains("timed out"))
        #expect(Self.page({ _ in }, .lost).contains("<b class=\"bad\">2</b>"))
    }

    @Test("Pages cost the database one look in ten seconds, whoever asks at the same time")
    func looks() async throws {
        let bench = try Bench {
            $0.database = DatabaseSettings(engine: .sqlite(path: "/nowhere/app.db"))
        }
        try await bench.start()
        async let first = bench.get("/")
        async let second = bench.get("/")
        try await bench.answerGate(.match)
        #expect(try await first.status == 200)
        #expect(try await second.status == 200)
        let begun = Instant.now
        // Nobody answers the gate here: a page that asked would wait for it.
        while Instant.now.nanoseconds(since: begun) < Gatekeeper.cacheNanoseconds {
            #expect(try await bench.get("/").status == 200)
        }
        #expect(Instant.now.nanoseconds(since: begun) < DatabaseJobs.answerNanoseconds / 2)
        async let status = bench.get("/v1/status")
        try await bench.answerGate(.match)
        #expect(try await status.status == 200)
        try await bench.stop()
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
