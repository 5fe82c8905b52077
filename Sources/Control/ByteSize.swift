/// A number of octets as people write it: `512B`, `64KiB`, `1MiB`, `2GiB`.
///
/// From 0 to 1 TiB. A number without a unit is refused, 0 excepted; `KB` and `MB` are refused
/// too, for they mean 1000 to one reader and 1024 to the next.
public struct ByteSize: Hashable, Sendable {
    public let bytes: Int

    public static let bytesMax = 1 << 40

    /// Clamped into 0 to 1 TiB.
    public init(bytes: Int) {
        self.bytes = min(max(0, bytes), Self.bytesMax)
    }

    public static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }

    public static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }

    /// What `init(_:)` expects, for messages.
    public static let expected = "a size with a unit, like 512B, 64KiB or 1MiB"

    private static let units: [(name: String, shift: Int)] = [
        ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0),
    ]
}

extension ByteSize: Comparable {
    public static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}

extension ByteSize: LosslessStringConvertible {
    /// nil where the text is no size, has no unit, or exceeds 1 TiB.
    public init?(_ text: String) {
        if text == "0" {
            self.init(bytes: 0)
            return
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let count = Int(digits),
            let shift = Self.units.first(where: { $0.name == unit })?.shift
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow, bytes <= Self.bytesMax else { return nil }
        self.init(bytes: bytes)
    }

    /// With the largest unit that divides it: `64KiB`; `0` alone has none.
    public var description: String {
        guard bytes > 0 else { return "0" }
        for unit in Self.units where bytes % (1 << unit.shift) == 0 {
            return "\(bytes >> unit.shift)\(unit.name)"
        }
        return "\(bytes)B"
    }
}

extension ByteSize: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder, expected: Self.expected)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(description, to: encoder)
    }
}
