import Bytes

/// Which of the two forms of an answer that Bascule makes itself a client wants: a page or a
/// problem (RFC 9110 section 12.5.1).
enum AcceptedForm {
    /// Whether an Accept field asks for a page: it names `text/html`, does not exclude it, and does
    /// not want a problem more. Programs that take anything say `*/*` alone.
    static func isPage(_ value: RawSpan) -> Bool {
        // Nearly all that is not a browser ends here.
        guard value.containsToken("text/html") else { return false }
        var page: UInt32 = 0
        var problem: UInt32 = 0
        // Of all ranges that a problem is in, the most exact ones say what it is worth.
        var exactness = 0
        var list = ListReader(value)
        while let element = list.next(value) {
            let range = value[element]
            let end = nameEnd(of: range)
            let weight = weight(of: range, behind: end)
            let name = range[ByteRange(0, end)]
            if name.equalsIgnoringCase("text/html") {
                page = max(page, weight)
                continue
            }
            let own = exactnessForProblem(name)
            if own > exactness { problem = 0 }
            if own > 0, own >= exactness { problem = max(problem, weight) }
            exactness = max(exactness, own)
        }
        return page > 0 && page >= problem
    }

    /// Who asks for JSON takes the JSON that there is. 0 for a range that it is not in.
    private static func exactnessForProblem(_ name: RawSpan) -> Int {
        if name.equalsIgnoringCase("application/problem+json")
            || name.equalsIgnoringCase("application/json")
        {
            return 3
        }
        if name.equalsIgnoringCase("application/*") { return 2 }
        return name.equals("*/*") ? 1 : 0
    }

    /// Where the range's name ends: at its parameters, or the blanks before them.
    private static func nameEnd(of range: RawSpan) -> Int {
        var end = range.firstIndex(of: UInt8(ascii: ";"), from: 0) ?? range.byteCount
        while end > 0, OctetClass.isBlank(range[octet: end - 1]) { end -= 1 }
        return end
    }

    /// In thousandths; without one, or with one that is none, all of it.
    private static func weight(of range: RawSpan, behind nameEnd: Int) -> UInt32 {
        var at = nameEnd
        while let semicolon = range.firstIndex(of: UInt8(ascii: ";"), from: at) {
            at = semicolon + 1
            while at < range.byteCount, OctetClass.isBlank(range[octet: at]) { at += 1 }
            guard at + 2 < range.byteCount else { break }
            if range[octet: at] | 0x20 == UInt8(ascii: "q"),
                range[octet: at + 1] == UInt8(ascii: "=")
            {
                return thousandths(range, from: at + 2)
            }
        }
        return 1_000
    }

    private static func thousandths(_ range: RawSpan, from start: Int) -> UInt32 {
        guard range[octet: start] == UInt8(ascii: "0") else { return 1_000 }
        guard start + 1 < range.byteCount, range[octet: start + 1] == UInt8(ascii: ".") else {
            return 0
        }
        var weight: UInt32 = 0
        for place in 2...4 {
            let at = start + place
            let digit: UInt8 =
                at < range.byteCount && 0x30...0x39 ~= range[octet: at]
                ? range[octet: at] - 0x30 : 0
            weight = weight * 10 + UInt32(digit)
        }
        return weight
    }
}
