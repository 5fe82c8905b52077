internal import Atomics

/// What a worker counts up, a service: sums never fall, not even when a worker dies.
public enum Counter: Int, CaseIterable, Sendable {
    /// Requests that had to wait.
    case held
    /// Of these, those that started in the end.
    case released
    /// Of these, those that were answered `held-too-long`.
    case expired
    /// Of these, those whose client left; their requests were never sent.
    case gone
    /// Requests refused because too many waited: `queue-full`.
    case refused
    /// Requests that were broken off on purpose.
    case cut
    /// Requests sent a second time, for nothing of the first had any effect.
    case retried
    /// Requests whose answer was read to its last octet.
    case finished
    /// 502 and 504 that Bascule made.
    case upstreamFailures
    /// Requests that were in flight in a worker that died; counted by the supervisor.
    case lostWithWorker
    /// Requests of a color that got an answer, or none although they had started there.
    case answeredBlue, answeredGreen
    /// Of these: a 5xx of the app, a reset, or a 502 or 504 of ours in the app's place.
    case failedBlue, failedGreen
    /// Requests that waited in a worker that died, never sent; counted by the supervisor.
    case heldLostWithWorker
}

/// What a worker counts up and down, a service.
public enum Gauge: Int, CaseIterable, Sendable {
    case heldNow, heldBytes
    case upstreamIdleBlue, upstreamIdleGreen
    case upstreamBusyBlue, upstreamBusyGreen
}

/// How long requests took, a service and color, as Prometheus wants it.
public struct DurationHistogram: Hashable, Sendable {
    /// Upper bounds in nanoseconds; the last bucket has none.
    public static let bounds: [UInt64] = [
        500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
        30_000_000_000, 60_000_000_000,
    ]
    /// One more than bounds; not cumulated.
    public let counts: [UInt64]
    public let sumNanoseconds: UInt64
}

extension Board {
    /// In the place of a service: of answers to what reached none.
    public var unrouted: Int { layout.unrouted }

    @inline(__always)
    public func count(_ counter: Counter, service: Int, slot: Int, by amount: UInt64 = 1) {
        addAlone(
            layout.row(service: service, slot: slot) + Layout.counters + counter.rawValue, amount)
    }

    public func total(_ counter: Counter, service: Int) -> UInt64 {
        sum(service: service, Layout.counters + counter.rawValue)
    }

    @inline(__always)
    public func adjust(_ gauge: Gauge, service: Int, slot: Int, by amount: Int) {
        addAlone(
            layout.row(service: service, slot: slot) + Layout.gauges + gauge.rawValue,
            UInt64(bitPattern: Int64(amount)))
    }

    public func sum(_ gauge: Gauge, service: Int) -> Int {
        Int(clamping: Int64(bitPattern: sum(service: service, Layout.gauges + gauge.rawValue)))
    }

    /// A request that had started on a color got its answer. This is what the watch after a switch
    /// compares, so nothing that was refused before it started is among it.
    @inline(__always)
    public func countOutcome(service: Int, slot: Int, color: Color, isFailure: Bool) {
        count(color == .blue ? .answeredBlue : .answeredGreen, service: service, slot: slot)
        guard isFailure else { return }
        count(color == .blue ? .failedBlue : .failedGreen, service: service, slot: slot)
    }

    /// Over all workers, since the board was made.
    public func outcomes(service: Int, color: Color) -> (answered: UInt64, failed: UInt64) {
        switch color {
        case .blue:
            (total(.answeredBlue, service: service), total(.failedBlue, service: service))
        case .green:
            (total(.answeredGreen, service: service), total(.failedGreen, service: service))
        }
    }

    /// A request waited so long before it started, was refused or was left.
    public func noteHold(nanoseconds: UInt64, service: Int, slot: Int) {
        let word = word(layout.row(service: service, slot: slot) + Layout.longestHold)
        // The controller may set it back at any moment, so this is an exchange.
        var seen = word.load(ordering: .relaxed)
        while nanoseconds > seen {
            let (done, now) = word.compareExchange(
                expected: seen, desired: nanoseconds, ordering: .sequentiallyConsistent)
            if done { return }
            seen = now
        }
    }

    /// In nanoseconds, since it was last set back.
    public func longestHold(service: Int) -> UInt64 {
        (0...layout.retired).reduce(0) { longest, slot in
            let row = layout.row(service: service, slot: slot)
            return max(longest, word(row + Layout.longestHold).load(ordering: .relaxed))
        }
    }

    public func resetLongestHold(service: Int) {
        for slot in 0...layout.retired {
            let row = layout.row(service: service, slot: slot)
            word(row + Layout.longestHold).store(0, ordering: .sequentiallyConsistent)
        }
    }

    /// An answer went out, the app's or our own. Codes outside 100 to 599 are counted as 599.
    @inline(__always)
    public func countAnswer(
        service: Int, slot: Int, color: Color, status: Int, nanoseconds: UInt64
    ) {
        let row = layout.row(service: service, slot: slot)
        let code = 100...599 ~= status ? status - 100 : Layout.codeCount - 1
        addAlone(row + Layout.codes + color.index * Layout.codeCount + code, 1)
        let durations = row + Layout.durations + color.index * Layout.durationWords
        var bucket = 0
        while bucket < DurationHistogram.bounds.count,
            nanoseconds > DurationHistogram.bounds[bucket]
        { bucket += 1 }
        addAlone(durations + bucket, 1)
        addAlone(durations + Layout.durationWords - 1, nanoseconds)
    }

    public func answers(service: Int, color: Color, status: Int) -> UInt64 {
        precondition(100...599 ~= status, "a status is 100 to 599")
        return sum(
            service: service, Layout.codes + color.index * Layout.codeCount + status - 100)
    }

    public func durations(service: Int, color: Color) -> DurationHistogram {
        let start = Layout.durations + color.index * Layout.durationWords
        return DurationHistogram(
            counts: (0...DurationHistogram.bounds.count).map { sum(service: service, start + $0) },
            sumNanoseconds: sum(service: service, start + Layout.durationWords - 1))
    }
}
