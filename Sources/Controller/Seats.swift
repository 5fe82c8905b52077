internal import Foundation
internal import Kernel
internal import NIOCore
internal import Synchronization

/// One connection's place at a door, and what it is doing there.
final class Seat: Sendable {
    enum Activity: Hashable, Sendable {
        /// A request is to come, or the rest of one is.
        case awaiting
        /// A file that it sends is on its way.
        case receiving
        /// We are at work for it.
        case working
        /// It listens to events, which may not come for days.
        case watching
        /// It is to take what we write.
        case writing

        /// How long it may last; nil: as long as it likes.
        var longestNanoseconds: UInt64? {
            switch self {
            case .awaiting, .receiving: 30_000_000_000
            case .writing: 10_000_000_000
            case .working, .watching: nil
            }
        }
    }

    private struct State {
        var activity = Activity.awaiting
        var since = Instant.now
        var channel: (any Channel)?
        var isOver = false
    }

    private let state = Mutex(State())

    var activity: Activity { state.withLock { $0.activity } }
    var since: Instant { state.withLock { $0.since } }

    func now(_ activity: Activity) {
        state.withLock { state in
            state.activity = activity
            state.since = .now
        }
    }

    func belongs(to channel: any Channel) {
        let isOver = state.withLock { state in
            state.channel = channel
            return state.isOver
        }
        if isOver { channel.close(promise: nil) }
    }

    /// Closes the connection, at once or as soon as there is one.
    func end() {
        let channel = state.withLock { state in
            state.isOver = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// Whether its time for what it does is over.
    func isOverdue(_ now: Instant) -> Bool {
        state.withLock { state in
            guard let longest = state.activity.longestNanoseconds else { return false }
            return now.nanoseconds(since: state.since) >= longest
        }
    }
}

/// The places at one door. There are only so many, and nobody can keep the others out: who takes
/// too long is shown the door, and when all are taken, who has done nothing for the longest.
final class Seats: Sendable {
    private struct State {
        var taken: [ObjectIdentifier: Seat] = [:]
        var isClosed = false
    }

    /// How often a thread without room looks again.
    private static let lookSeconds = 0.02

    private let most: Int
    private let state = Mutex(State())

    init(max: Int) { most = max }

    var count: Int { state.withLock { $0.taken.count } }

    func take() -> Seat {
        let seat = Seat()
        state.withLock { $0.taken[ObjectIdentifier(seat)] = seat }
        return seat
    }

    func leave(_ seat: Seat) {
        _ = state.withLock { $0.taken.removeValue(forKey: ObjectIdentifier(seat)) }
    }

    /// Whether anybody waits for an answer that is on its way.
    var isAtWork: Bool {
        state.withLock { Array($0.taken.values) }.contains {
            switch $0.activity {
            case .working, .writing, .watching: true
            case .awaiting, .receiving: false
            }
        }
    }

    /// Nobody takes connections any more.
    func close() { state.withLock { $0.isClosed = true } }

    /// Ends those whose time is over; false once the door is closed.
    func look() -> Bool {
        let (seats, isClosed) = state.withLock { (Array($0.taken.values), $0.isClosed) }
        let now = Instant.now
        for seat in seats where seat.isOverdue(now) { seat.end() }
        return !isClosed
    }

    /// Whether one more may be accepted, for which somebody idle is sent away; false where nobody
    /// could be for now: all are at work.
    func makeRoom() -> Bool {
        let sentAway = state.withLock { state -> Seat?? in
            guard state.taken.count >= most else { return .some(nil) }
            let idle = state.taken.values.filter { $0.activity == .awaiting }
            let rest =
                idle.isEmpty ? state.taken.values.filter { $0.activity == .watching } : idle
            guard let seat = rest.min(by: { $0.since < $1.since }) else { return nil }
            state.taken[ObjectIdentifier(seat)] = nil
            return seat
        }
        guard let sentAway else {
            Thread.sleep(forTimeInterval: Self.lookSeconds)
            return false
        }
        sentAway?.end()
        return true
    }
}
