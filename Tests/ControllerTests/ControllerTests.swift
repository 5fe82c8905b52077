import Board
import Control
import Foundation
import Kernel
import Logging
import Settings
import SharedDatabase
import Testing

@testable import Controller

@Suite(.timeLimit(.minutes(1)))
struct ControllerTests {
    @Test("A first start serves the initial color and says where its targets are")
    func firstStart() async throws {
        let bench = try Bench()
        try await bench.start()
        #expect(bench.board.route(0) == RouteWord(epoch: 1, phase: .open, active: .blue))
        #expect(
            bench.board.targets(service: 0, color: .green).map(\.address) == [bench.green.address])
        let status = try await bench.get("/v1/status").decoded(Status.self)
        #expect(status.services.first?.active == .blue)
        #expect(status.workers.map(\.pid) == [4_711])
        #expect(status.controller.pid == ThisProcess.identifier)
        #expect(try await bench.get("/healthz").status == 200)
        try await bench.stop()
    }

    @Test("A switch of a quiet service is done, journalled and told step by step")
    func quietSwitch() async throws {
        let bench = try Bench()
        try await bench.start()
        let answer = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(answer.type == MediaType.events)
        let events = try answer.events
        #expect(
            events.filter { $0.state == .passed }.map(\.step) == [
                .lock, .preflight, .hold, .drain, .verify, .switch, .release, .release,
            ])
        let ending = try #require(try answer.last.ending)
        #expect(ending.outcome == .done)
        #expect(ending.active == .green)
        #expect(ending.report.lost == 0)
        #expect(bench.board.route(0) == RouteWord(epoch: 3, phase: .open, active: .green))
        let history = try await bench.get("/v1/history").decoded(HistoryAnswer.self)
        #expect(history.operations.map(\.outcome) == [.done])
        let identifier = try #require(events.first?.operation)
        let entry = try await bench.get("/v1/operations/\(identifier)").decoded(HistoryEntry.self)
        #expect(entry.events?.count == events.count)
        #expect(entry.to == .green)
        // The journal alone decides where no board is left.
        let later = try Bench()
        try FileManager.default.createDirectory(
            atPath: later.state, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: bench.state + "/journal.jsonl", toPath: later.state + "/journal.jsonl")
        try await later.start()
        #expect(later.board.route(0) == RouteWord(epoch: 4, phase: .open, active: .green))
        try await later.stop()
        try await bench.stop()
    }

    @Test("A rollback goes back, and a switch to the active color changes nothing")
    func rollback() async throws {
        let bench = try Bench()
        try await bench.start()
        _ = try await bench.post("/v1/services/web/switch", #"{"to":"green","mode":"overlap"}"#)
        #expect(bench.board.route(0) == RouteWord(epoch: 2, phase: .open, active: .green))
        let back = try await bench.post("/v1/services/web/rollback")
        #expect(try back.last.ending?.active == .blue)
        let word = bench.board.route(0)
        let same = try await bench.post("/v1/services/web/switch", #"{"to":"blue"}"#)
        #expect(try same.last.ending?.outcome == .done)
        #expect(try same.last.message.contains("already active"))
        #expect(bench.board.route(0) == word)
        // It was no operation, and names none that nobody would find.
        #expect(try same.last.operation == nil)
        let history = try await bench.get("/v1/history").decoded(HistoryAnswer.self)
        #expect(history.operations.map(\.kind) == [.rollback, .switch])
        try await bench.stop()
    }

    @Test("A request in flight is waited for, and nothing starts meanwhile")
    func drain() async throws {
        let bench = try Bench()
        try await bench.start()
        let board = bench.board
        #expect(board.admit(.read, service: 0, slot: 0, now: .now) == .started(.blue, epoch: 1))
        async let answer = bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        _ = try await bench.eventually { board.route(0).phase == .held ? true : nil }
        #expect(board.admit(.read, service: 0, slot: 0, now: .now) == .queued)
        let busy = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(busy.status == 409)
        let problem = try busy.decoded(Problem.self)
        #expect(problem.reason == .busy)
        #expect(problem.operation?.to == .green)
        #expect(try await bench.post("/v1/services/web/hold").status == 409)
        board.finish(.read, service: 0, slot: 0, color: .blue)
        board.count(.finished, service: 0, slot: 0)
        let ending = try #require(try await answer.last.ending)
        #expect(ending.outcome == .done)
        #expect(ending.report.finished == 1)
        #expect(board.admit(.read, service: 0, slot: 0, now: .now) == .started(.green, epoch: 3))
        try await bench.stop()
    }

    @Test("A drain that runs out is undone, and the requests that blocked it are named")
    func drainTimeout() async throws {
        let bench = try Bench()
        try await bench.start()
        _ = bench.board.admit(.write, service: 0, slot: 0, now: .now)
        async let answer = bench.post(
            "/v1/services/web/switch", #"{"to":"green","drain_timeout":"50ms"}"#)
        try await bench.answerRequests(
            """
            [{"method":"POST","path":"/slow","color":"blue","state":"started","age_ms":70,
            "client":"127.0.0.1","id":"a"}]
            """)
        let last = try await answer.last
        #expect(last.ending?.outcome == .timedOut)
        #expect(last.ending?.active == .blue)
        #expect(last.message.contains("POST /slow (70 ms)"))
        #expect(bench.board.route(0).phase == .open)
        // The service is free again.
        bench.board.finish(.write, service: 0, slot: 0, color: .blue)
        let again = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(try again.last.ending?.outcome == .done)
        try await bench.stop()
    }

    @Test("A worker that dies with requests of the draining color fails the drain; they are lost")
    func workerDies() async throws {
        let bench = try Bench()
        try await bench.start()
        let board = bench.board
        _ = board.admit(.write, service: 0, slot: 0, now: .now)
        async let answer = bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        _ = try await bench.eventually { board.route(0).phase == .held ? true : nil }
        board.clear(slot: 0)
        let ending = try #require(try await answer.last.ending)
        #expect(ending.outcome == .lost)
        #expect(ending.report.lostWithWorker == 1)
        #expect(ending.active == .blue)
        try await bench.stop()
    }

    @Test("Who waits in a hold that a switch takes over is held by it, and lost with its worker")
    func heldInADeadWorker() async throws {
        let bench = try Bench()
        try await bench.start()
        let board = bench.board
        _ = try await bench.post("/v1/services/web/hold", #"{"for":"1m"}"#)
        board.count(.held, service: 0, slot: 0, by: 2)
        board.adjust(.heldNow, service: 0, slot: 0, by: 2)
        async let answer = bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        _ = try await bench.eventually { board.route(0).active == .green ? true : nil }
        board.clear(slot: 0)
        let ending = try #require(try await answer.last.ending)
        // Nothing of them was sent, so that the switch goes on.
        #expect(ending.outcome == .lost)
        #expect(ending.active == .green)
        #expect(ending.report.held == 2)
        #expect(ending.report.lostWithWorker == 2)
        try await bench.stop()
    }

    @Test("An unhealthy color is refused and nothing changes; an override takes it on")
    func unhealthy() async throws {
        let bench = try Bench()
        bench.green.becomeUnhealthy()
        try await bench.start()
        let word = bench.board.route(0)
        let check = try await bench.post("/v1/services/web/check", #"{"to":"green"}"#)
            .decoded(CheckAnswer.self)
        #expect(!check.passed)
        #expect(check.checks.first { $0.name == .health }?.state == .refused)
        let refused = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(try refused.last.ending?.outcome == .refused)
        #expect(bench.board.route(0) == word)
        let taken = try await bench.post(
            "/v1/services/web/switch", #"{"to":"green","override":["health"]}"#)
        #expect(try taken.last.ending?.outcome == .done)
        try await bench.stop()
    }

    @Test("What does not exist, or cannot be, is a problem with its status")
    func problems() async throws {
        let bench = try Bench { $0.green = nil }
        try await bench.start()
        let cases: [(String, String, Int, Problem.Reason)] = [
            ("/v1/services/api/switch", #"{"to":"green"}"#, 404, .unknownService),
            ("/v1/services/web/switch", #"{"to":"green"}"#, 404, .unknownColor),
            ("/v1/services/web/switch", "{}", 400, .badRequest),
            ("/v1/services/web/switch", #"{"to":"red"}"#, 400, .badRequest),
            ("/v1/services/web/switch", #"{"to":"blue","hold_timeout":"0"}"#, 400, .badRequest),
            (
                "/v1/services/web/switch",
                #"{"to":"blue","mode":"overlap","on_drain_timeout":"back"}"#, 400, .badRequest
            ),
            ("/v1/services/web/rollback", #"{"to":"blue"}"#, 400, .badRequest),
            ("/v1/services/web/deploy", "", 400, .badRequest),
            ("/v1/upgrade", "", 501, .notServed),
            ("/v1/nothing", "", 404, .notFound),
        ]
        for (path, body, status, reason) in cases {
            let answer = try await bench.post(path, body)
            #expect(answer.status == status, "\(path) \(body)")
            #expect(answer.type == MediaType.problem)
            #expect(try answer.decoded(Problem.self).reason == reason, "\(path) \(body)")
        }
        #expect(try await bench.get("/v1/operations/01NONE").status == 404)
        try await bench.stop()
    }

    @Test("A hold by hand stands at once, ends by command, and a switch takes it over")
    func byHand() async throws {
        let bench = try Bench()
        try await bench.start()
        let held = try await bench.post("/v1/services/web/hold", #"{"for":"1m"}"#)
            .decoded(PhaseAnswer.self)
        #expect(held.phase == .held)
        #expect(bench.board.route(0).phase == .held)
        #expect(bench.board.deadline(0) > Instant.now.advanced(byNanoseconds: 50_000_000_000))
        let released = try await bench.post("/v1/services/web/release").decoded(PhaseAnswer.self)
        #expect(released.phase == .open)
        _ = try await bench.post("/v1/services/web/hold")
        let answer = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(try answer.last.ending?.outcome == .done)
        #expect(bench.board.route(0).phase == .open)
        try await bench.stop()
    }

    @Test("A controller that starts on a living board keeps its color, and ends a hold by hand")
    func restart() async throws {
        let bench = try Bench()
        try await bench.start()
        _ = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        _ = try await bench.post("/v1/services/web/hold", #"{"for":"1m"}"#)
        #expect(bench.board.route(0) == RouteWord(epoch: 4, phase: .held, active: .green))
        try await bench.stop()
        try await bench.start()
        #expect(bench.board.route(0) == RouteWord(epoch: 5, phase: .open, active: .green))
        #expect(bench.board.targets(service: 0, color: .green).map(\.isHealthy) == [true])
        try await bench.stop()
    }

    @Test("A corrupt journal refuses switches, and traffic goes on")
    func corruptJournal() async throws {
        let bench = try Bench()
        try FileManager.default.createDirectory(
            atPath: bench.state, withIntermediateDirectories: true)
        try Data("{\"not\":\"ours\"}\n".utf8).write(
            to: URL(fileURLWithPath: bench.state + "/journal.jsonl"))
        try await bench.start()
        #expect(
            bench.board.admit(.read, service: 0, slot: 0, now: .now) == .started(.blue, epoch: 1))
        let overriding = try await bench.post(
            "/v1/services/web/switch", #"{"to":"green","override":["journal"]}"#)
        #expect(overriding.status == 400)
        let answer = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(try answer.last.ending?.outcome == .refused)
        #expect(try answer.last.message.contains("journal"))
        #expect(bench.board.route(0).active == .blue)
        try await bench.stop()
    }

    @Test("The gate is asked before the hold and again within it")
    func gate() async throws {
        let bench = try Bench {
            $0.database = DatabaseSettings(engine: .sqlite(path: "/nowhere/app.db"))
            $0.database?.expect = .healthField("migration")
        }
        bench.green.state("2024_A")
        try await bench.start()
        async let refused = bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        try await bench.answerGate(.databaseBehind)
        let last = try await refused.last
        #expect(last.ending?.outcome == .refused)
        #expect(last.message.contains("migrations: database-behind"))
        async let passed = bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        try await bench.answerGate(.match)
        // What would pin the drained moment; nobody plays it here, and the switch is no worse.
        #expect(try await bench.said()?.hasPrefix("job 0 ") == true)
        try await bench.answerGate(.match)
        #expect(try await passed.last.ending?.outcome == .done)
        try await bench.stop()
    }

    @Test("The metrics name the active color and what was switched")
    func metrics() async throws {
        let bench = try Bench()
        try await bench.start()
        _ = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        let text = String(decoding: try await bench.get("/metrics").body, as: UTF8.self)
        #expect(text.contains(#"bascule_active{service="web",color="green"} 1"#))
        #expect(text.contains(#"bascule_switchovers_total{service="web",outcome="done"} 1"#))
        try await bench.stop()
    }

    @Test("A socket that somebody answers at is not taken away, a left-over one is")
    func socketFile() async throws {
        let bench = try Bench()
        try await bench.start()
        let settings = { () -> ControlSocketSettings in
            var settings = ControlSocketSettings()
            settings.socket = bench.socket
            return settings
        }()
        #expect(throws: ControlSocket.Failure.self) {
            _ = try ControlSocket.open(settings, logger: Logger(label: "test"), patience: 0)
        }
        #expect(try await bench.get("/healthz").status == 200)
        try await bench.stop()
        try await bench.start()
        try await bench.stop()
    }
}
