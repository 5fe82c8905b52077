import Bytes
import HTTP

/// `HTTP/1.0` and `HTTP/1.1`; a higher minor version is read as 1.1 (RFC 9110 section 2.5).
enum HTTPVersion {
    static let byteCount = 8

    static func read(
        _ bytes: RawSpan, at: Int, _ refusal: @autoclosure () -> Refusal
    ) throws(Halt) -> Version {
        let expected: StaticString = "HTTP/1."
        for index in 0..<7 {
            guard at + index < bytes.byteCount else { throw .incomplete }
            guard bytes[octet: at + index] == expected.octet(index) else {
                throw .refused(refusal())
            }
        }
        guard at + 7 < bytes.byteCount else { throw .incomplete }
        let minor = bytes[octet: at + 7]
        guard minor.isDigit else { throw .refused(refusal()) }
        return minor == UInt8(ascii: "0") ? .http10 : .http11
    }
}
