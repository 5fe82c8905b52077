/// A length of time as people write it: `250ms`, `30s`, `5m`, `1h`, `1m30s`, `2d`.
///
/// Whole milliseconds, from 0 to 100 years. A number without a unit is refused, 0 excepted: `30`
/// has meant seconds to one tool and milliseconds to the next.
public struct TimeSpan: Hashable, Sendable {
    public let milliseconds: Int64

    public static let millisecondsMax: Int64 = 100 * 365 * 86_400_000

    /// Clamped into 0 to 100 years.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(0, milliseconds), Self.millisecondsMax)
    }

    public static func seconds(_ count: Int64) -> TimeSpan {
        TimeSpan(milliseconds: count * 1000)
    }

    public static func milliseconds(_ count: Int64) -> TimeSpan {
        TimeSpan(milliseconds: count)
    }

    public static let zero = TimeSpan(milliseconds: 0)

    public var nanoseconds: UInt64 { UInt64(milliseconds) * 1_000_000 }

    public var duration: Duration { .milliseconds(milliseconds) }

    /// What `init(_:)` expects, for messages.
    public static let expected = "a duration with a unit, like 250ms, 30s, 5m or 1h"

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
}

extension TimeSpan: Comparable {
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension TimeSpan: LosslessStringConvertible {
    /// nil where the text is no duration, has no unit, or exceeds 100 years.
    public init?(_ text: String) {
        if text == "0" {
            self = .zero
            return
        }
        var total = 0.0
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let count = Double(number), number.first != ".", number.last != ".",
                let factor = Self.units.first(where: { $0.name == unit })?.milliseconds
            else { return nil }
            total += count * Double(factor)
        }
        guard total <= Double(Self.millisecondsMax), total == total.rounded() else { return nil }
        self.init(milliseconds: Int64(total))
    }

    /// The shortest text with one unit; seconds up to ten minutes, as time-outs are written.
    public var description: String {
        let count = milliseconds
        if count % 1000 != 0 { return "\(count)ms" }
        if count < 600_000 { return "\(count / 1000)s" }
        if count % 86_400_000 == 0 { return "\(count / 86_400_000)d" }
        if count % 3_600_000 == 0 { return "\(count / 3_600_000)h" }
        if count % 60_000 == 0 { return "\(count / 60_000)m" }
        return "\(count / 1000)s"
    }
}

extension TimeSpan: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, expected: Self.expected)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(description, to: encoder)
    }
}
