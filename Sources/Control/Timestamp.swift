/// A moment of the day in UTC, to the millisecond: `2026-01-15T14:30:00.123Z` (RFC 3339).
///
/// From 1970 to the end of 9999. It is what people and the journal see; deadlines are `Instant`s.
public struct Timestamp: Hashable, Sendable {
    /// Since 1970-01-01 00:00 UTC.
    public let milliseconds: Int64

    public static let millisecondsMax: Int64 = 253_402_300_799_999

    /// Clamped into 1970 to 9999.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(0, milliseconds), Self.millisecondsMax)
    }

    /// Milliseconds since an earlier moment, 0 where it is not earlier.
    public func milliseconds(since earlier: Timestamp) -> Int64 {
        max(0, milliseconds - earlier.milliseconds)
    }
}

extension Timestamp: Comparable {
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: LosslessStringConvertible {
    /// Exactly the form that `description` writes; nil for any other.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        let pattern = Array("0000-00-00T00:00:00.000Z".utf8)
        guard octets.count == pattern.count else { return nil }
        for (octet, expected) in zip(octets, pattern) {
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet
            guard expected == UInt8(ascii: "0") ? isDigit : octet == expected else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 {
            octets[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard 1...12 ~= number(5..<7), 1...31 ~= number(8..<10), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(year: number(0..<4), month: number(5..<7), day: number(8..<10))
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
        self.init(milliseconds: seconds * 1000 + number(20..<23))
        guard description == text else { return nil }  // before 1970, or no such day
    }

    public var description: String {
        "\(date)T\(timeOfDay).\(Self.padded(milliseconds % 1000, 3))Z"
    }

    /// `2026-01-15`.
    public var date: String {
        let (year, month, day) = Self.civil(days: milliseconds / 86_400_000)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    /// `14:30:00`, UTC.
    public var timeOfDay: String {
        let seconds = milliseconds / 1000 % 86_400
        let (hour, minute) = (seconds / 3600, seconds / 60 % 60)
        return "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(seconds % 60, 2))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted in eras of 400 years (146 097
    /// days) from the first of March of year 0, so that a leap day ends its year.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return shifted / 400 * 146_097 + dayOfEra - 719_468
    }

    /// The way back.
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + shifted / 146_097 * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, expected: "a time like 2026-01-15T14:30:00.123Z")
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(description, to: encoder)
    }
}
