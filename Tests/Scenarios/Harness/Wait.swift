import Kernel

/// The only place that sleeps: asks again and again whether something has come true.
enum Wait {
    /// Generous, for a machine that has other work; what takes longer is broken.
    static let seconds = 10.0

    struct TimedOut: Error, CustomStringConvertible {
        let what: String
        let seconds: Double
        var description: String { "waited \(seconds) s for: \(what)" }
    }

    /// Returns what the condition gave, once it is not nil.
    static func forValue<Value>(
        _ what: String, seconds: Double = Self.seconds, _ condition: () throws -> Value?
    ) throws -> Value {
        let end = Instant.now.advanced(bySeconds: seconds)
        while true {
            let isLast = Instant.now >= end
            if let value = try condition() { return value }
            if isLast { throw TimedOut(what: what, seconds: seconds) }
            ThisProcess.pause(milliseconds: 2)
        }
    }

    static func until(
        _ what: String, seconds: Double = Self.seconds, _ condition: () throws -> Bool
    ) throws {
        try forValue(what, seconds: seconds) { try condition() ? () : nil }
    }

    /// Whether a condition that must not come true stays false all the time.
    static func staysFalse(
        seconds: Double, _ condition: () throws -> Bool
    ) rethrows -> Bool {
        let end = Instant.now.advanced(bySeconds: seconds)
        while Instant.now < end {
            if try condition() { return false }
            ThisProcess.pause(milliseconds: 5)
        }
        return true
    }
}

extension Instant {
    func advanced(bySeconds seconds: Double) -> Instant {
        advanced(byNanoseconds: UInt64(max(0, seconds) * 1_000_000_000))
    }

    func milliseconds(since earlier: Instant) -> Double {
        Double(nanoseconds(since: earlier)) / 1_000_000
    }
}
