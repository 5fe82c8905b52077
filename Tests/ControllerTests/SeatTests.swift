import Kernel
import Testing

@testable import Controller

@Suite struct SeatTests {
    @Test("Whoever lets us wait for a request or for a reader is overdue at the limit, not before")
    func overdue() {
        let seat = Seat()
        for (activity, seconds) in [(Seat.Activity.awaiting, 30), (.writing, 10)] {
            seat.now(activity)
            let limit = UInt64(seconds) * 1_000_000_000
            #expect(!seat.isOverdue(seat.since.advanced(byNanoseconds: limit - 1)))
            #expect(seat.isOverdue(seat.since.advanced(byNanoseconds: limit)))
        }
        for activity in [Seat.Activity.working, .watching] {
            seat.now(activity)
            #expect(!seat.isOverdue(seat.since.advanced(byNanoseconds: 86_400_000_000_000)))
        }
    }

    @Test("When all seats are taken the one that has done nothing for the longest makes room")
    func eviction() {
        let seats = Seats(max: 3)
        #expect(seats.makeRoom())
        let (first, second, third) = (seats.take(), seats.take(), seats.take())
        first.now(.working)
        second.now(.watching)
        // Nobody who is at work is sent away, and a watcher only where nobody waits.
        #expect(seats.makeRoom())
        #expect(seats.count == 2)
        third.now(.working)
        seats.take().now(.working)
        #expect(seats.makeRoom())
        #expect(seats.count == 2)
        seats.take().now(.working)
        #expect(!seats.makeRoom())
        seats.leave(first)
        #expect(seats.makeRoom())
        #expect(seats.look())
        seats.close()
        #expect(!seats.look())
    }
}
