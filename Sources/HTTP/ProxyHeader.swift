internal import Bytes

/// What a load balancer says before a connection's first octet: whose connection it is (the PROXY
/// protocol, versions 1 and 2, as HAProxy's document proxy-protocol.txt defines them).
public enum ProxyHeader {
    public enum Outcome: Equatable, Sendable {
        case incomplete
        /// So many octets are the header. `client` is nil where the sender speaks for itself
        /// (`LOCAL`, a health check) or does not know (`UNKNOWN`, another family).
        case complete(count: Int, client: PeerAddress?)
        /// It can never become a header.
        case refused
    }

    /// A line of version 1 with its CRLF (section 2.1).
    static let lineBytesMax = 107
    /// Of version 2, behind the fixed part: addresses and what a sender usually adds to them.
    static let additionsMax = 4_096

    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]
    private static let word = Array("PROXY ".utf8)

    /// Looks at what has come so far.
    public static func parse(_ bytes: RawSpan) -> Outcome {
        guard bytes.byteCount > 0 else { return .incomplete }
        return bytes[octet: 0] == signature[0] ? parseBinary(bytes) : parseLine(bytes)
    }

    // MARK: Version 1

    private static func parseLine(_ bytes: RawSpan) -> Outcome {
        for index in 0..<min(word.count, bytes.byteCount) where bytes[octet: index] != word[index] {
            return .refused
        }
        var end = 0
        while end < min(bytes.byteCount, lineBytesMax), bytes[octet: end] != 0x0a { end += 1 }
        guard end < bytes.byteCount, end < lineBytesMax else {
            return bytes.byteCount >= lineBytesMax ? .refused : .incomplete
        }
        guard end > word.count, bytes[octet: end - 1] == 0x0d else { return .refused }
        let text = String(
            decoding: (word.count..<(end - 1)).map { bytes[octet: $0] }, as: UTF8.self)
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        if words.first == "UNKNOWN" { return .complete(count: end + 1, client: nil) }
        guard words.count == 5, isPort(words[3]), isPort(words[4]) else { return .refused }
        let client: PeerAddress?
        switch words[0] {
        case "TCP4": client = ipv4(words[1]).flatMap { ipv4(words[2]) == nil ? nil : .ipv4($0) }
        case "TCP6": client = ipv6(words[1]).flatMap { ipv6(words[2]) == nil ? nil : $0 }
        case _: client = nil
        }
        return client.map { .complete(count: end + 1, client: $0) } ?? .refused
    }

    private static func isPort(_ text: Substring) -> Bool {
        isDecimal(text) && UInt16(text) != nil
    }

    /// Digits, without zeros before them, which another reader could take for octal numbers.
    private static func isDecimal(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { 0x30...0x39 ~= $0 }
            && (text.utf8.count == 1 || text.utf8.first != 0x30)
    }

    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard isDecimal(part), let octet = UInt8(part) else { return nil }
            number = number << 8 | UInt32(octet)
        }
        return number
    }

    /// Groups of up to four hexadecimal digits, one `::` at the most (RFC 4291 section 2.2).
    private static func ipv6(_ text: Substring) -> PeerAddress? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var sides: [[UInt16]] = []
        for (index, half) in halves.enumerated() {
            let isLast = index == halves.count - 1
            guard let side = numbers(in: half, isLast: isLast) else { return nil }
            sides.append(side)
        }
        let count = sides.reduce(0) { $0 + $1.count }
        guard halves.count == 2 ? count < 8 : count == 8 else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - count)
        let groups = sides[0] + zeros + (sides.count == 2 ? sides[1] : [])
        func number(_ part: ArraySlice<UInt16>) -> UInt64 {
            part.reduce(0) { $0 << 16 | UInt64($1) }
        }
        return client(number(groups[..<4]), number(groups[4...]))
    }

    /// The last two groups may be an IPv4 address: who listens on both families writes those of its
    /// clients in this way (nginx, HAProxy).
    private static func numbers(in half: Substring, isLast: Bool) -> [UInt16]? {
        guard !half.isEmpty else { return [] }
        var numbers: [UInt16] = []
        let groups = half.split(separator: ":", omittingEmptySubsequences: false)
        for (index, group) in groups.enumerated() {
            if isLast, index == groups.count - 1, let address = ipv4(group) {
                numbers += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
                continue
            }
            guard 1...4 ~= group.utf8.count, group.allSatisfy(\.isHexDigit),
                let number = UInt16(group, radix: 16)
            else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// An IPv4 address in the form of IPv6 (RFC 4291 section 2.5.5.2) is one, as it is on our own
    /// sockets.
    private static func client(_ high: UInt64, _ low: UInt64) -> PeerAddress {
        high == 0 && low >> 32 == 0xffff
            ? .ipv4(UInt32(truncatingIfNeeded: low)) : .ipv6(high, low)
    }

    // MARK: Version 2

    private static func parseBinary(_ bytes: RawSpan) -> Outcome {
        for index in 0..<min(signature.count, bytes.byteCount)
        where bytes[octet: index] != signature[index] {
            return .refused
        }
        guard bytes.byteCount >= 16 else { return .incomplete }
        let length = Int(bytes[octet: 14]) << 8 | Int(bytes[octet: 15])
        guard bytes[octet: 12] >> 4 == 2, length <= additionsMax else { return .refused }
        let isProxied: Bool
        switch bytes[octet: 12] & 0x0f {
        case 0: isProxied = false
        case 1: isProxied = true
        case _: return .refused
        }
        guard bytes.byteCount >= 16 + length else { return .incomplete }
        let count = 16 + length
        guard isProxied else { return .complete(count: count, client: nil) }
        func number(_ start: Int, _ octets: Int) -> UInt64 {
            (start..<(start + octets)).reduce(0) { $0 << 8 | UInt64(bytes[octet: $1]) }
        }
        // The family, and a stream as the transport.
        switch bytes[octet: 13] {
        case 0x11:
            guard length >= 12 else { return .refused }
            return .complete(
                count: count, client: .ipv4(UInt32(truncatingIfNeeded: number(16, 4))))
        case 0x21:
            guard length >= 36 else { return .refused }
            return .complete(count: count, client: client(number(16, 8), number(24, 8)))
        case _: return .complete(count: count, client: nil)
        }
    }
}
