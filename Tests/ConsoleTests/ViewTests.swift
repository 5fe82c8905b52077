import Board
import Control
import Testing

@testable import Console

private let now = Timestamp(milliseconds: 1_768_487_400_000)

private func earlier(_ milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: now.milliseconds - milliseconds)
}

private let colored = Style(isTerminal: true, isColored: true, columns: 60)

@Suite("What a person sees of a state")
struct ViewTests {
    static let service = ServiceStatus(
        name: "web", active: .blue, phase: .held,
        phaseEnds: Timestamp(milliseconds: now.milliseconds + 6400), epoch: 18,
        operation: OperationStatus(
            id: "01J8ZQ4T9ZK3V5W7X9YABCDEFG", kind: .switch, to: .green, step: .drain,
            since: earlier(3000), by: Peer(uid: 1000, pid: 4242, user: "anna")),
        colors: [
            ColorStatus(
                name: .blue, healthy: true,
                targets: [
                    TargetStatus(
                        address: "127.0.0.1:5001", healthy: true,
                        lastCheck: ProbeReport(
                            time: earlier(1000), passed: true, status: 200,
                            message: "200 in 3 ms", milliseconds: 3))
                ], inFlight: 123, streams: 1, expects: "20240115_AddBudget"),
            ColorStatus(
                name: .green, healthy: false,
                targets: [
                    TargetStatus(address: "127.0.0.1:5002", healthy: false, lastCheck: nil)
                ], inFlight: 0, streams: 0, expects: nil),
        ], held: 12,
        database: DatabaseStatus(
            path: "/data/app.db",
            migrations: MigrationStatus(tool: "efcore", latest: "20240115_AddBudget", count: 12),
            bytes: 123_456, problem: nil),
        rollback: RollbackAdvice(possible: false, to: nil, reason: "green is unhealthy"))

    @Test("A status says who serves first")
    func status() {
        let status = Status(
            version: "0.1.0", services: [Self.service],
            workers: [
                WorkerStatus(
                    id: 0, pid: 4243, generation: 1, stage: "accepting", connections: 64),
                WorkerStatus(id: 1, pid: 14_244, generation: 1, stage: "draining", connections: 1),
            ], controller: ControllerStatus(pid: 4241, started: earlier(7_200_000)))
        let expected = """
            web: blue serves, held, epoch 18
                 COLOR  HEALTH     IN FLIGHT  STREAMS  EXPECTS
              *  blue   healthy          123        1  20240115_AddBudget
                 green  unhealthy          0        0  -
                COLOR  TARGET          HEALTH     LAST CHECK
                blue   127.0.0.1:5001  healthy    200 in 3 ms, 1 s ago
                green  127.0.0.1:5002  unhealthy  not checked yet
              held      12 requests, ends in 6.4 s
              running   switch to green, step drain, begun 3 s ago by anna (uid 1000, pid 4242), \
            01J8ZQ4T9ZK3V5W7X9YABCDEFG
              database  /data/app.db, 120.6 KiB, 12 migrations (efcore), latest 20240115_AddBudget
              rollback  not possible: green is unhealthy

            PROCESS       PID  STATE
            controller   4241  bascule 0.1.0, started 2 h ago
            worker 0     4243  accepting, generation 1, 64 connections
            worker 1    14244  draining, generation 1, 1 connection
            """
        #expect(
            StatusView.lines(status, .plain, now: now).joined(separator: "\n") == expected)
    }

    @Test("At a terminal the words are the same, with colors around them")
    func coloredStatus() {
        let lines = StatusView.lines(Self.service, colored, now: now)
        #expect(
            lines.first
                == "\u{1b}[1mweb\u{1b}[0m: \u{1b}[1;34mblue\u{1b}[0m serves, "
                + "\u{1b}[33mheld\u{1b}[0m, epoch 18")
        let bare = lines.map { line in
            line.replacing(/\u{1b}\[[0-9;]*m/, with: "").replacing("●", with: "*")
        }
        #expect(bare == StatusView.lines(Self.service, .plain, now: now))
    }

    @Test("A check explains what refuses")
    func check() {
        let answer = CheckAnswer(
            service: "web", to: .green, passed: false,
            checks: [
                Check(name: .health, state: .passed, saw: "1 of 1 targets healthy"),
                Check(
                    name: .migrations, state: .refused, verdict: "database-behind",
                    saw: "12 applied", expected: "20240202_AddGoals", hint: "apply it first"),
                Check(name: .journal, state: .refused, saw: "read-only file system"),
                Check(name: .backup, state: .skipped, saw: "none configured"),
            ], rollback: RollbackAdvice(possible: true, to: .blue, reason: "equal schemas"))
        let expected = """
            web, green: a switch to it would be refused
              passed   health      1 of 1 targets healthy
              refused  migrations  database-behind
                  saw       12 applied
                  expected  20240202_AddGoals
                  hint      apply it first
                  override  --override migrations
              refused  journal
                  saw  read-only file system
              skipped  backup      none configured
              way back afterwards: possible to blue: equal schemas
            """
        #expect(CheckView.lines(answer, .plain).joined(separator: "\n") == expected)
    }

    @Test("Requests are listed, workers that do not answer are named")
    func requests() {
        let answer = RequestsAnswer(
            service: "web",
            requests: [
                InFlightRequest(
                    method: "GET", path: "/slow\u{1b}[31m", color: .blue, state: .started,
                    ageMilliseconds: 1234, client: "10.0.0.7:4711", id: "r1"),
                InFlightRequest(
                    method: "POST", path: "/", color: nil, state: .held, ageMilliseconds: 8,
                    client: "10.0.0.8:4712", id: "r2"),
            ], silent: [SilentWorker(worker: 1, pid: 99, inFlight: 2)])
        let expected = """
            web: 2 requests in flight or held
                AGE  STATE    COLOR  METHOD  PATH        CLIENT         ID
              1.2 s  started  blue   GET     /slow?[31m  10.0.0.7:4711  r1
               8 ms  held     -      POST    /           10.0.0.8:4712  r2
              worker 1 (pid 99) does not answer: 2 requests in flight there
            """
        #expect(RequestsView.lines(answer, .plain).joined(separator: "\n") == expected)
    }

    @Test("A problem says what to do, and who is at it")
    func problem() {
        let problem = Problem(
            .busy, "web is busy", hint: "wait for it", operation: Self.service.operation)
        #expect(
            ProblemView.lines(problem, .plain, now: now) == [
                "bascule: web is busy",
                "  running: switch to green, step drain, begun 3 s ago by anna (uid 1000, pid 4242),"
                    + " 01J8ZQ4T9ZK3V5W7X9YABCDEFG",
                "  hint: wait for it",
            ])
    }

    @Test("A hold says when it ends")
    func hold() {
        let answer = PhaseAnswer(
            service: "web", active: .blue, phase: .held, epoch: 4, phaseEnds: now, held: 0,
            message: "new requests wait")
        #expect(
            PhaseView.lines(answer, .plain) == [
                "web: blue serves, held, ends at \(now.date) 14:30:00 UTC", "  new requests wait",
            ])
    }

    @Test("A status says what ends, and that targets are not asked")
    func maintenance() {
        var service = Self.service
        service.phase = .maintenance
        service.held = 0
        service.database?.asksTargets = false
        let lines = StatusView.lines(service, .plain, now: now)
        #expect(lines.contains { $0.hasPrefix("  maintenance  ends in 6.4 s") })
        #expect(lines.contains { $0.hasSuffix("the targets are not asked (no database.expect)") })
        service.phaseEnds = nil
        #expect(
            StatusView.lines(service, .plain, now: now).contains {
                $0.hasSuffix("until it is turned off")
            })
    }

    @Test("Times and sizes are short")
    func wording() {
        let elapsed = [0, 0.44, 31.52, 99.94, 99.95, 999.4, 1250, 59_949, 60_000, 125_000]
            .map { Wording.elapsed(milliseconds: $0) }
        #expect(
            elapsed == [
                "0 ms", "0.4 ms", "31.5 ms", "99.9 ms", "100 ms", "999 ms", "1.3 s", "59.9 s",
                "1 min", "2 min 5 s",
            ])
        let ago = [0, 999, 1000, 119_999, 120_000, 7_200_000, 172_800_000]
            .map { Wording.ago(earlier($0), now: now) }
        #expect(
            ago == ["now", "now", "1 s ago", "119 s ago", "2 min ago", "2 h ago", "2 d ago"])
        #expect(
            [0, 1023, 1024, 1_048_576, 3 << 30].map(Wording.bytes) == [
                "0 B", "1023 B", "1 KiB", "1 MiB", "3 GiB",
            ])
    }
}
