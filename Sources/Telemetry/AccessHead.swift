public import Bytes

/// Where the words stand, in a request's head, that the access log repeats. Read once a request,
/// when it is over, so that nothing has to be kept for the log while it is in progress.
public struct AccessHead: Sendable {
    public var method = ByteRange.empty
    /// Of an origin form. The target as it was received stands in `absoluteTarget` where it was
    /// another form.
    public var target = ByteRange.empty
    /// Not empty where the client sent an absolute target, which is written anew for the app.
    public var absoluteTarget: [UInt8] = []
    public var version = ByteRange.empty
    public var host = ByteRange.empty
    public var referer = ByteRange.empty
    public var userAgent = ByteRange.empty
    public var requestID = ByteRange.empty
    /// The list of addresses, the peer's own at its end.
    public var forwardedFor = ByteRange.empty
    /// All of the first line, where its words cannot be told apart.
    public var line = ByteRange.empty

    /// Longer first lines of refused heads are cut here.
    private static let lineBytesMax = 8_192

    public init() {}

    /// Of a head as far as it has come and whatever it is: valid, broken, or no HTTP at all.
    public init(_ octets: RawSpan) {
        var start = 0
        while start < octets.byteCount, octets[octet: start].isLineEnd { start &+= 1 }
        var at = readLine(octets, from: start)
        while at < octets.byteCount {
            let newline = octets.firstNewline(from: at)
            let end = newline > at && octets[octet: newline &- 1] == 0x0d ? newline &- 1 : newline
            // The head's end: what follows is content.
            if end == at { return }
            readField(octets, ByteRange(at, end))
            at = newline &+ 1
        }
    }

    /// Returns where the next line begins.
    private mutating func readLine(_ octets: RawSpan, from start: Int) -> Int {
        let newline = octets.firstNewline(from: start)
        var end = min(newline, start &+ Self.lineBytesMax)
        if end > start, octets[octet: end &- 1] == 0x0d { end &-= 1 }
        line = ByteRange(start, end)
        if let first = octets.firstIndex(of: 0x20, from: start), first < end, first > start,
            let second = octets.firstIndex(of: 0x20, from: first &+ 1), second < end,
            second > first &+ 1
        {
            let last = ByteRange(second &+ 1, end)
            if octets[last].starts(with: "HTTP/") {
                method = ByteRange(start, first)
                target = ByteRange(first &+ 1, second)
                version = last
            }
        }
        return newline &+ 1
    }

    private mutating func readField(_ octets: RawSpan, _ line: ByteRange) {
        let text = octets[line]
        switch text[octet: 0] | 0x20 {
        case UInt8(ascii: "h"): Self.take(text, "host:", line, into: &host)
        case UInt8(ascii: "r"): Self.take(text, "referer:", line, into: &referer)
        case UInt8(ascii: "u"): Self.take(text, "user-agent:", line, into: &userAgent)
        case UInt8(ascii: "x"):
            Self.take(text, "x-request-id:", line, into: &requestID)
            Self.take(text, "x-forwarded-for:", line, into: &forwardedFor)
        case _: break
        }
    }

    /// The value of the first field of that name, without the white space around it.
    private static func take(
        _ text: RawSpan, _ name: StaticString, _ line: ByteRange, into range: inout ByteRange
    ) {
        let length = name.utf8CodeUnitCount
        guard range.isEmpty, text.byteCount >= length,
            text.extracting(0..<length).equalsIgnoringCase(name)
        else { return }
        var start = length
        var end = text.byteCount
        while start < end, text[octet: start].isBlank { start &+= 1 }
        while end > start, text[octet: end &- 1].isBlank { end &-= 1 }
        range = ByteRange(line.lowerBound &+ start, line.lowerBound &+ end)
    }
}

extension UInt8 {
    fileprivate var isLineEnd: Bool { self == 0x0d || self == 0x0a }
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}

extension RawSpan {
    /// Where the next LF stands, or the end; eight octets at a time, for heads are long.
    func firstNewline(from start: Int) -> Int {
        var at = start
        while at &+ 8 <= byteCount {
            let odd = word(at: at) ^ 0x0a0a_0a0a_0a0a_0a0a
            // The top bit of each octet that is 0, none before the first such octet.
            let zero = (odd &- 0x0101_0101_0101_0101) & ~odd & 0x8080_8080_8080_8080
            if zero != 0 { return at &+ zero.trailingZeroBitCount >> 3 }
            at &+= 8
        }
        while at < byteCount, self[octet: at] != 0x0a { at &+= 1 }
        return min(at, byteCount)
    }
}
