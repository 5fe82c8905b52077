public import Bytes

/// X-Request-ID: kept from the client where it is well formed, so that one id follows a request
/// through every log.
public enum RequestID {
    public static let bytesMax = 128

    /// 1 to 128 letters, digits and `-_.:/+=@`: nothing that could break a log line.
    public static func isWellFormed(_ value: RawSpan) -> Bool {
        guard value.byteCount >= 1, value.byteCount <= bytesMax else { return false }
        for at in 0..<value.byteCount {
            switch value[octet: at] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "+"),
                UInt8(ascii: "="), UInt8(ascii: "@"):
                break
            default: return false
            }
        }
        return true
    }

    /// Writes 32 hexadecimal digits.
    public static func write(_ id: (UInt64, UInt64), into buffer: inout ByteBuffer) {
        buffer.append(hexadecimal: id.0, width: 16)
        buffer.append(hexadecimal: id.1, width: 16)
    }
}
