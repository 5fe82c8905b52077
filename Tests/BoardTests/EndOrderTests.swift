import Kernel
import Testing

@testable import Board

@Suite struct EndOrderTests {
    private let board: Board

    init() throws { board = try Board.create(BoardShape(services: 2, slots: 1)).board }

    @Test("An order is read as it was given, of its service alone, until it is taken back")
    func order() {
        #expect(board.endOrder(0) == nil)
        for color in Color.allCases {
            for cuts in [true, false] {
                let order = EndOrder(
                    color: color, epoch: (1 << 56) - 1, cutsRequests: cuts,
                    streamsEnd: Instant(nanoseconds: 7))
                board.order(order, service: 0)
                #expect(board.endOrder(0) == order)
                #expect(board.endOrder(1) == nil)
            }
        }
        board.takeBackEndOrder(0)
        #expect(board.endOrder(0) == nil)
    }

    @Test("A notice is kept up to its last octet, and beyond it to the end of a character")
    func notice() {
        #expect(board.notice(0) == nil)
        let longest = String(repeating: "x", count: BoardShape.noticeBytesMax)
        board.setNotice(longest, service: 0)
        #expect(board.notice(0) == longest)
        board.setNotice(longest.dropLast() + "é", service: 0)
        #expect(board.notice(0) == String(longest.dropLast()))
        #expect(board.notice(1) == nil)
        board.setNotice("", service: 0)
        #expect(board.notice(0) == nil)
    }

    @Test("A hold makes all wait until its deadline, and is ended by whoever asks then")
    func hold() {
        let word = RouteWord(epoch: 1, phase: .held, active: .green)
        #expect(board.exchangeRoute(0, from: .undecided, to: word))
        board.setDeadline(0, Instant(nanoseconds: 100))
        func ask(_ kind: RequestKind, _ now: UInt64) -> Admission {
            board.admit(kind, service: 0, slot: 0, now: Instant(nanoseconds: now))
        }
        #expect(ask(.read, 99) == .queued)
        #expect(ask(.write, 99) == .queued)
        #expect(board.route(0) == word)
        #expect(ask(.read, 100) == .started(.green, epoch: 2))
        #expect(board.route(0) == word.next(phase: .open, active: .green))
        #expect(ask(.write, 100) == .started(.green, epoch: 2))
    }

    @Test("A maintenance refuses until its deadline, and is ended by whoever asks then")
    func maintenance() {
        let word = RouteWord(epoch: 1, phase: .maintenance, active: .blue)
        #expect(board.exchangeRoute(0, from: .undecided, to: word))
        board.setDeadline(0, Instant(nanoseconds: 100))
        func ask(_ now: UInt64) -> Admission {
            board.admit(.read, service: 0, slot: 0, now: Instant(nanoseconds: now))
        }
        #expect(ask(99) == .maintenance)
        #expect(ask(100) == .started(.blue, epoch: 2))
        #expect(board.route(0).phase == .open)
    }

    @Test("What a color answered and failed is told apart from the other color")
    func outcomes() {
        board.countOutcome(service: 0, slot: 0, color: .blue, isFailure: false)
        board.countOutcome(service: 0, slot: 0, color: .blue, isFailure: true)
        board.countOutcome(service: 0, slot: 0, color: .green, isFailure: true)
        #expect(board.outcomes(service: 0, color: .blue) == (2, 1))
        #expect(board.outcomes(service: 0, color: .green) == (1, 1))
        // A worker that dies takes nothing with it.
        board.claim(slot: 0, pid: 1, generation: 1)
        _ = board.clear(slot: 0)
        #expect(board.outcomes(service: 0, color: .blue) == (2, 1))
    }
}
