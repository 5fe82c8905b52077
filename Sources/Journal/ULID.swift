/// Names of operations: 26 letters and digits that sort by time.
///
/// 48 bits of milliseconds, then 80 random bits, in Crockford's base 32
/// (github.com/ulid/spec).
public enum ULID {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// `random` gives 80 bits: 16 of `high`, 64 of `low`.
    public static func text(milliseconds: UInt64, high: UInt16, low: UInt64) -> String {
        var text = ""
        for shift in stride(from: 45, through: 0, by: -5) {
            text.append(digits[Int(milliseconds >> UInt64(shift) & 31)])
        }
        // 80 bits in 16 digits of 5: the first 3 digits and a bit come from `high`.
        for index in 0..<16 {
            let shift = 75 - index * 5
            let value =
                shift >= 64
                ? UInt64(high) >> UInt64(shift - 64)
                : low >> UInt64(shift) | (shift > 59 ? UInt64(high) << UInt64(64 - shift) : 0)
            text.append(digits[Int(value & 31)])
        }
        return text
    }
}
