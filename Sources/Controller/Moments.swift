internal import Control
internal import Journal
internal import Kernel

extension Timestamp {
    /// The time of day.
    static var now: Timestamp { Timestamp(milliseconds: Int64(clamping: WallClock.milliseconds)) }

    /// The moment of the day that a deadline will be, or was.
    init(of instant: Instant) {
        let now = Instant.now
        let ahead = Int64(clamping: instant.nanoseconds(since: now) / 1_000_000)
        let behind = Int64(clamping: now.nanoseconds(since: instant) / 1_000_000)
        let (moment, overflow) = Timestamp.now.milliseconds.addingReportingOverflow(ahead - behind)
        self.init(milliseconds: overflow ? Timestamp.millisecondsMax : moment)
    }
}

extension Instant {
    func duration(since earlier: Instant) -> Duration {
        .nanoseconds(Int64(clamping: nanoseconds(since: earlier)))
    }

    func advanced(by duration: Duration) -> Instant {
        advanced(byNanoseconds: duration.wholeNanoseconds)
    }
}

extension Duration {
    /// 0 where it is negative.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product &+ UInt64(attoseconds / 1_000_000_000)
    }

    var milliseconds: Double { Double(wholeNanoseconds) / 1_000_000 }

    /// In a sentence, rounded: `10 s`, `9.9 s`, `1 min`.
    var inWords: String { Wording.elapsed(milliseconds: milliseconds) }

    /// As messages say it: `3.2 ms`.
    var inMilliseconds: String {
        let tenths = wholeNanoseconds / 100_000
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}

enum OperationIdentifier {
    static func next() -> String {
        var generator = SystemRandomNumberGenerator()
        return ULID.text(
            milliseconds: WallClock.milliseconds, high: generator.next(), low: generator.next())
    }
}
