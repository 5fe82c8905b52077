internal import Bytes
internal import HTTP

/// A moment as logs write it, in UTC.
struct LogTime {
    private let date: (year: Int, month: Int, day: Int)
    private let secondOfDay: UInt64
    private let milliseconds: UInt64

    /// Milliseconds since 1970; within four-digit years, whatever the clock says.
    init(_ time: UInt64) {
        let time = min(time, 253_402_300_799_999)
        let (days, rest) = (time / 1_000).quotientAndRemainder(dividingBy: 86_400)
        date = DateStamp.civil(Int(days))
        secondOfDay = rest
        milliseconds = time % 1_000
    }

    /// `2026-01-15T14:30:00.123Z` (RFC 3339).
    func writeRFC3339(into buffer: inout ByteBuffer) {
        buffer.append(digits: UInt64(date.year), 4)
        buffer.append("-")
        buffer.append(digits: UInt64(date.month), 2)
        buffer.append("-")
        buffer.append(digits: UInt64(date.day), 2)
        buffer.append("T")
        writeClock(into: &buffer)
        buffer.append(".")
        buffer.append(digits: milliseconds, 3)
        buffer.append("Z")
    }

    /// `15/Jan/2026:14:30:00 +0000`, the common log format's.
    func writeCommon(into buffer: inout ByteBuffer) {
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        buffer.append(digits: UInt64(date.day), 2)
        buffer.append("/")
        for index in 0..<3 { buffer.append(months.octet((date.month - 1) * 3 + index)) }
        buffer.append("/")
        buffer.append(digits: UInt64(date.year), 4)
        buffer.append(":")
        writeClock(into: &buffer)
        buffer.append(" +0000")
    }

    private func writeClock(into buffer: inout ByteBuffer) {
        buffer.append(digits: secondOfDay / 3_600, 2)
        buffer.append(":")
        buffer.append(digits: secondOfDay / 60 % 60, 2)
        buffer.append(":")
        buffer.append(digits: secondOfDay % 60, 2)
    }
}

extension ByteBuffer {
    /// The last `width` decimal digits, 4 at most, zeros in front.
    mutating func append(digits number: UInt64, _ width: Int) {
        if width >= 4 { append(0x30 &+ UInt8(truncatingIfNeeded: number / 1_000 % 10)) }
        if width >= 3 { append(0x30 &+ UInt8(truncatingIfNeeded: number / 100 % 10)) }
        append(0x30 &+ UInt8(truncatingIfNeeded: number / 10 % 10))
        append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
    }

    /// Nanoseconds as milliseconds, exact to the microsecond: `0.412`.
    mutating func append(milliseconds nanoseconds: UInt64) {
        append(decimal: nanoseconds / 1_000_000)
        append(".")
        append(digits: nanoseconds / 1_000 % 1_000, 3)
    }
}
