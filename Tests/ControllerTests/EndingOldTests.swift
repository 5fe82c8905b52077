import Board
import Control
import Kernel
import Testing

@testable import Controller

/// What a switch tells the workers to end, with this test in the worker's place.
@Suite(.timeLimit(.minutes(1)))
struct EndingOldTests {
    @Test("What outlasts the drain is ordered to be cut, counts as lost, and the switch goes on")
    func cut() async throws {
        let bench = try Bench()
        try await bench.start()
        let board = bench.board
        _ = board.admit(.write, service: 0, slot: 0, now: .now)
        async let answer = bench.post(
            "/v1/services/web/switch",
            #"{"to":"green","drain_timeout":"50ms","on_drain_timeout":"cut"}"#)
        try await bench.answerRequests("[]")
        let order = try #require(
            try await bench.eventually { board.endOrder(0) })
        #expect(order.color == .blue)
        #expect(order.cutsRequests)
        #expect(order.streamsEnd == .never)
        board.count(.cut, service: 0, slot: 0)
        board.finish(.write, service: 0, slot: 0, color: .blue)
        let ending = try #require(try await answer.last.ending)
        #expect(ending.outcome == .lost)
        #expect(ending.active == .green)
        #expect(ending.report.cut == 1)
        #expect(ending.report.lost == 1)
        try await bench.stop()
    }

    @Test("A cut that no worker carries out is undone, and the order taken back")
    func nobodyCuts() async throws {
        let bench = try Bench()
        try await bench.start()
        let board = bench.board
        _ = board.admit(.write, service: 0, slot: 0, now: .now)
        async let answer = bench.post(
            "/v1/services/web/switch",
            #"{"to":"green","drain_timeout":"50ms","on_drain_timeout":"cut"}"#)
        try await bench.answerRequests("[]")
        try await bench.answerRequests("[]")
        #expect(try await answer.last.ending?.outcome == .timedOut)
        #expect(board.route(0).active == .blue)
        #expect(board.route(0).phase == .open)
        #expect(board.endOrder(0) == nil)
        try await bench.stop()
    }

    @Test("Streams end after their time on the old color, or before the drain where asked")
    func streams() async throws {
        let bench = try Bench()
        try await bench.start()
        let board = bench.board
        _ = board.admit(.read, service: 0, slot: 0, now: .now)
        board.becomeStream(.read, service: 0, slot: 0, color: .blue)
        let kept = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(try kept.last.ending?.report.streams == 1)
        let order = try #require(board.endOrder(0))
        #expect(order.color == .blue)
        #expect(!order.cutsRequests)
        #expect(order.streamsEnd > Instant.now.advanced(byNanoseconds: 25_000_000_000))
        #expect(order.streamsEnd <= Instant.now.advanced(byNanoseconds: 30_000_000_000))
        // Back on blue its streams are left alone.
        _ = try await bench.post("/v1/services/web/rollback")
        #expect(board.endOrder(0)?.color == .green)
        async let closed = bench.post(
            "/v1/services/web/switch", #"{"to":"green","streams":"close"}"#)
        let now = try #require(
            try await bench.eventually {
                board.endOrder(0).flatMap { $0.color == .blue ? $0 : nil }
            })
        #expect(now.streamsEnd <= Instant.now)
        #expect(board.route(0).active == .blue)
        board.endStream(service: 0, slot: 0, color: .blue)
        let ending = try #require(try await closed.last.ending)
        #expect(ending.outcome == .done)
        #expect(ending.active == .green)
        #expect(ending.report.streams == 0)
        try await bench.stop()
    }

    @Test("A switch leaves a maintenance as it is")
    func maintenance() async throws {
        let bench = try Bench()
        try await bench.start()
        let on = try await bench.post("/v1/services/web/maintenance", #"{"on":true,"for":"1m"}"#)
        #expect(on.status == 200)
        let deadline = bench.board.deadline(0)
        let answer = try await bench.post("/v1/services/web/switch", #"{"to":"green"}"#)
        #expect(try answer.last.ending?.outcome == .done)
        #expect(bench.board.route(0).phase == .maintenance)
        #expect(bench.board.route(0).active == .green)
        #expect(bench.board.deadline(0) == deadline)
        try await bench.stop()
    }
}
