import Kernel
import Testing

@testable import Board

@Suite struct DeadWorkerTests {
    private let board: Board

    init() throws { board = try Board.create(BoardShape(services: 2, slots: 2)).board }

    @Test("What waited in a worker that died is lost like what was in flight, but by its own count")
    func heldAndInFlight() {
        let word = RouteWord(epoch: 1, phase: .open, active: .blue)
        #expect(board.exchangeRoute(0, from: .undecided, to: word))
        #expect(board.admit(.write, service: 0, slot: 0, now: .now) == .started(.blue, epoch: 1))
        for slot in 0..<2 {
            board.count(.held, service: 0, slot: slot, by: 3)
            board.adjust(.heldNow, service: 0, slot: slot, by: 3)
            board.adjust(.heldBytes, service: 0, slot: slot, by: 300)
        }
        board.count(.released, service: 0, slot: 0)
        board.adjust(.heldNow, service: 0, slot: 0, by: -1)
        #expect(board.clear(slot: 0) == 3)
        // A drain asks for the one: an app may still be at work on it.
        #expect(board.total(.lostWithWorker, service: 0) == 1)
        #expect(board.total(.heldLostWithWorker, service: 0) == 2)
        #expect(board.inFlight(service: 0, color: .blue).total == 0)
        #expect(board.sum(.heldNow, service: 0) == 3)
        #expect(board.sum(.heldBytes, service: 0) == 300)
        #expect(board.total(.held, service: 0) == 6)
        #expect(board.total(.released, service: 0) == 1)
        #expect(board.total(.heldLostWithWorker, service: 1) == 0)
        #expect(board.clear(slot: 0) == 0)
        #expect(board.total(.heldLostWithWorker, service: 0) == 2)
    }

    @Test("The step of an operation is there for who comes after, of its service alone")
    func stepMark() {
        #expect(board.stepMark(0) == nil)
        board.mark(step: 5, at: Instant(nanoseconds: 7), service: 0)
        #expect(board.stepMark(0)?.step == 5)
        #expect(board.stepMark(0)?.since == Instant(nanoseconds: 7))
        #expect(board.stepMark(1) == nil)
    }
}
