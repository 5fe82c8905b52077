import Bytes
import HTTP

/// The request target in its four forms (RFC 9112 section 3.2).
enum RequestTarget {
    /// Reads the target at `at` into the head; returns where it ends: at an octet that no target
    /// has, which the caller looks at.
    static func read(
        _ bytes: RawSpan, at: Int, into head: inout RequestHead
    ) throws(Halt) -> Int {
        guard at < bytes.byteCount else { throw .incomplete }
        switch bytes[octet: at] {
        case UInt8(ascii: "/"):
            return try pathAndQuery(bytes, at: at, into: &head)
        case UInt8(ascii: "*"):
            guard head.method == .options else {
                throw .refused(.badRequest("the target * belongs to OPTIONS"))
            }
            head.isAsterisk = true
            head.path = ByteRange(at, at + 1)
            return at + 1
        default:
            return try absolute(bytes, at: at, into: &head)
        }
    }

    private static func pathAndQuery(
        _ bytes: RawSpan, at: Int, into head: inout RequestHead
    ) throws(Halt) -> Int {
        var end = OctetClass.end(of: OctetClass.path, bytes, from: at)
        while end < bytes.byteCount, bytes[octet: end] == UInt8(ascii: "%") {
            try encodedOctet(bytes, at: end)
            end = OctetClass.end(of: OctetClass.path, bytes, from: end &+ 3)
        }
        head.path = ByteRange(at, end)
        guard end < bytes.byteCount, bytes[octet: end] == UInt8(ascii: "?") else { return end }
        let start = end
        end = OctetClass.end(of: OctetClass.query, bytes, from: start)
        head.query = ByteRange(start, end)
        return end
    }

    /// A percent sign and two hexadecimal digits (RFC 3986 section 2.1).
    private static func encodedOctet(_ bytes: RawSpan, at: Int) throws(Halt) {
        for digit in at &+ 1...at &+ 2 {
            guard digit < bytes.byteCount else { throw .incomplete }
            guard bytes[octet: digit].hexadecimalValue != nil else {
                throw .refused(.badRequest("a percent sign that encodes nothing"))
            }
        }
    }

    /// `http://` or `https://`, an authority, and a path that may be empty.
    private static func absolute(
        _ bytes: RawSpan, at: Int, into head: inout RequestHead
    ) throws(Halt) -> Int {
        var start = at
        while start < bytes.byteCount, bytes[octet: start] != UInt8(ascii: "/") {
            guard start &- at < 6, bytes[octet: start] > 0x20 else {
                throw .refused(.badRequest("a target that is neither a path nor an http URI"))
            }
            start &+= 1
        }
        guard start &+ 1 < bytes.byteCount else { throw .incomplete }
        let scheme = bytes.extracting(at..<start)
        guard scheme.equalsIgnoringCase("http:") || scheme.equalsIgnoringCase("https:"),
            bytes[octet: start &+ 1] == UInt8(ascii: "/")
        else {
            throw .refused(.badRequest("a target that is neither a path nor an http URI"))
        }
        start &+= 2
        var end = start
        while end < bytes.byteCount, bytes[octet: end] > 0x20,
            bytes[octet: end] != UInt8(ascii: "/"), bytes[octet: end] != UInt8(ascii: "?")
        {
            end &+= 1
        }
        guard end < bytes.byteCount else { throw .incomplete }
        head.authority = ByteRange(start, end)
        guard let host = Authority.host(in: bytes, head.authority) else {
            throw .refused(.badRequest("a target whose host is not valid"))
        }
        head.host = host
        let pathStart = end
        let targetEnd = try pathAndQuery(bytes, at: pathStart, into: &head)
        head.isAsterisk = head.method == .options && head.path.isEmpty && head.query.isEmpty
        return targetEnd
    }
}
