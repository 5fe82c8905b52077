public import Bytes

/// A second of universal time as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7). Make one
/// a second, not one an answer.
public struct DateStamp: BitwiseCopyable, Sendable {
    /// Since 1970-01-01 00:00 UTC.
    public let second: UInt64
    private let text: InlineArray<29, UInt8>

    public init(second: UInt64) {
        self.second = second
        text = Self.format(second)
    }

    public func write(into buffer: inout ByteBuffer) {
        buffer.append(text.span.octets)
    }

    private static func format(_ second: UInt64) -> InlineArray<29, UInt8> {
        // Within four-digit years, whatever the clock says.
        let second = min(second, 253_402_300_799)
        let (days, rest) = second.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(Int(days))
        let days3: StaticString = "ThuFriSatSunMonTueWed"
        let months3: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        var writer = Writer()
        writer.letters(days3, Int(days % 7) * 3)
        writer.put(",")
        writer.put(" ")
        writer.number(day, 2)
        writer.put(" ")
        writer.letters(months3, (month - 1) * 3)
        writer.put(" ")
        writer.number(year, 4)
        writer.put(" ")
        writer.number(Int(rest / 3600), 2)
        writer.put(":")
        writer.number(Int(rest / 60 % 60), 2)
        writer.put(":")
        writer.number(Int(rest % 60), 2)
        writer.put(" ")
        writer.put("G")
        writer.put("M")
        writer.put("T")
        return writer.text
    }

    /// The date of a day since 1970-01-01, in the Gregorian calendar: years begin in March, so that
    /// the leap day is their last.
    package static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private struct Writer {
        var text = InlineArray<29, UInt8>(repeating: 0x20)
        var at = 0

        mutating func put(_ octet: Unicode.Scalar) {
            text[at] = UInt8(ascii: octet)
            at += 1
        }

        mutating func number(_ value: Int, _ width: Int) {
            var rest = value
            for index in stride(from: at + width - 1, through: at, by: -1) {
                text[index] = 0x30 + UInt8(rest % 10)
                rest /= 10
            }
            at += width
        }

        mutating func letters(_ names: StaticString, _ offset: Int) {
            for index in 0..<3 {
                text[at] = names.octet(offset + index)
                at += 1
            }
        }
    }
}
