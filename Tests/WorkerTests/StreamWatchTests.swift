import Board
import Kernel
import Testing

@testable import Worker

@Suite("When streams end")
struct StreamWatchTests {
    private let grace: UInt64 = 1_000

    private func at(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }

    private func open(_ color: Color, _ epoch: UInt64) -> RouteWord {
        RouteWord(epoch: epoch, phase: .open, active: color)
    }

    private func ends(
        _ watch: StreamWatch, _ color: Color, order: EndOrder? = nil, isEnding: Bool = false,
        at now: UInt64
    ) -> UInt64 {
        watch.endsBefore(color, order, grace: grace, isEnding: isEnding, now: at(now))
    }

    @Test("The grace counts from the switch; a color that serves again keeps its streams")
    func countsFromTheSwitch() {
        var watch = StreamWatch()
        watch.note(open(.blue, 1), now: at(0))
        #expect(ends(watch, .blue, at: 1 << 40) == 0)
        watch.note(open(.green, 2), now: at(5_000))
        watch.note(open(.green, 2), now: at(5_900))
        #expect(ends(watch, .blue, at: 5_999) == 0)
        #expect(ends(watch, .blue, at: 6_000) == .max)
        #expect(ends(watch, .green, at: 6_000) == 0)
        watch.note(open(.blue, 3), now: at(6_001))
        #expect(ends(watch, .blue, at: 1 << 40) == 0)
        #expect(ends(watch, .green, at: 7_000) == 0)
        #expect(ends(watch, .green, at: 7_001) == .max)
    }

    @Test("An order ends what started before it, until it is carried out; an end ends all")
    func orders() {
        var watch = StreamWatch()
        watch.note(open(.blue, 1), now: at(0))
        let order = order(9, streamsEnd: 4)
        #expect(ends(watch, .blue, order: order, at: 3) == 0)
        #expect(ends(watch, .blue, order: order, at: 4) == 9)
        #expect(ends(watch, .green, order: order, at: 4) == 0)
        watch.settleStreams(order)
        #expect(ends(watch, .blue, order: order, at: 4) == 0)
        #expect(ends(watch, .blue, order: self.order(10, streamsEnd: 4), at: 4) == 10)
        #expect(ends(watch, .blue, isEnding: true, at: 1) == .max)
    }

    @Test("An order to cut is carried out once")
    func cut() {
        var watch = StreamWatch()
        #expect(watch.takeCut(nil) == nil)
        #expect(watch.takeCut(order(9, streamsEnd: 0)) == nil)
        let first = order(9, cutsRequests: true)
        #expect(watch.takeCut(first) == first)
        #expect(watch.takeCut(first) == nil)
        #expect(watch.takeCut(order(11, cutsRequests: true)) != nil)
    }

    private func order(
        _ epoch: UInt64, cutsRequests: Bool = false, streamsEnd: UInt64 = .max
    ) -> EndOrder {
        EndOrder(
            color: .blue, epoch: epoch, cutsRequests: cutsRequests, streamsEnd: at(streamsEnd))
    }

    @Test("What a service does is new once")
    func news() {
        var watch = StreamWatch()
        let held = RouteWord(epoch: 4, phase: .held, active: .blue)
        #expect(watch.isNew(held) == true)
        #expect(watch.isNew(held) == false)
        #expect(watch.isNew(open(.blue, 5)) == true)
        #expect(watch.isNew(RouteWord(epoch: 6, phase: .heldWrites, active: .blue)) == true)
    }
}
