public import Bytes

/// Host and port as they stand in Host, `:authority` or an absolute target (RFC 3986 section 3.2).
///
/// Stricter than the grammar where leniency only ever served attacks: no userinfo, no
/// percent-encoding, no comma, no empty host, no port beyond 65535.
public enum Authority {
    /// The host within the range (brackets included, the port left out); nil where the authority
    /// is not valid.
    public static func host(in bytes: RawSpan, _ range: ByteRange) -> ByteRange? {
        let start = range.lowerBound
        let end = range.upperBound
        guard start < end, end <= bytes.byteCount else { return nil }
        var hostEnd = start
        if bytes[octet: start] == UInt8(ascii: "[") {
            guard let close = bytes[range].firstIndex(of: UInt8(ascii: "]")),
                isIPv6(bytes.extracting(start + 1..<start + close))
            else { return nil }
            hostEnd = start + close + 1
        } else {
            let bytes = bytes.extracting(0..<end)
            hostEnd = bytes.plainEnd(from: start)
            while hostEnd < end, isMark(bytes[octet: hostEnd]) {
                hostEnd = bytes.plainEnd(from: hostEnd &+ 1)
            }
            guard hostEnd > start else { return nil }
        }
        guard hostEnd == end || isPort(bytes.extracting(hostEnd..<end)) else { return nil }
        return ByteRange(start, hostEnd)
    }

    /// A colon and a port, which may be empty (RFC 3986 section 3.2.3).
    private static func isPort(_ bytes: RawSpan) -> Bool {
        guard bytes[octet: 0] == UInt8(ascii: ":") else { return false }
        return bytes.byteCount == 1 || bytes.suffix(from: 1).decimal(most: 65535) != nil
    }

    /// What a name may hold besides letters, digits and hyphens: the rest of unreserved and
    /// sub-delims (RFC 3986 section 2) but the comma.
    private static func isMark(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"),
            UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }

    /// An IPv6 address without a zone (RFC 3986 section 3.2.2).
    static func isIPv6(_ bytes: RawSpan) -> Bool {
        var groups = 0
        var hasGap = false
        var at = 0
        let end = bytes.byteCount
        if end >= 2, bytes[octet: 0] == UInt8(ascii: ":"), bytes[octet: 1] == UInt8(ascii: ":") {
            hasGap = true
            at = 2
        }
        while at < end {
            let start = at
            while at < end, bytes[octet: at].hexadecimalValue != nil { at += 1 }
            if at < end, bytes[octet: at] == UInt8(ascii: ".") {
                groups += 2
                return isIPv4(bytes.suffix(from: start)) && (hasGap ? groups < 8 : groups == 8)
            }
            guard at > start, at - start <= 4 else { return false }
            groups += 1
            guard at < end else { break }
            guard bytes[octet: at] == UInt8(ascii: ":"), at + 1 < end else { return false }
            at += 1
            if bytes[octet: at] == UInt8(ascii: ":") {
                guard !hasGap else { return false }
                hasGap = true
                at += 1
            }
        }
        return hasGap ? groups < 8 : groups == 8
    }

    private static func isIPv4(_ bytes: RawSpan) -> Bool {
        var parts = 0
        var start = 0
        while parts < 4 {
            let end = bytes.firstIndex(of: UInt8(ascii: "."), from: start) ?? bytes.byteCount
            let part = bytes.extracting(start..<end)
            guard part.decimal(most: 255) != nil, part.byteCount <= 3 else { return false }
            guard part.byteCount == 1 || part[octet: 0] != 0x30 else { return false }
            parts += 1
            if end == bytes.byteCount { return parts == 4 }
            start = end + 1
        }
        return false
    }
}
