internal import Bytes

/// Follows a connection's frames by their heads alone, and says what they cost.
///
/// nghttp2 tells of the frames that it acts on, not of those that it passes over: unknown types,
/// heads and content of streams that are gone, priorities. They are work too, so everything is
/// counted here.
struct FrameMeter {
    /// Octets before the next frame: first the preface, then what is left of a frame's content.
    private var passing = HTTP2Session.preface.utf8CodeUnitCount
    private var head = InlineArray<9, UInt8>(repeating: 0)
    private var headCount = 0
    /// Parts of the head under way.
    private var continuations = 0
    private var numbers = StreamNumbers()
    /// Where in the octets last read a frame's head ended that ends the connection, and how.
    private(set) var mistake: (end: Int, error: HTTP2Error)?
    /// How many of the next octets nghttp2 is not to see.
    private var hiding = 0
    /// Where such ones are in the octets last read.
    private(set) var hidden: [Range<Int>] = []

    /// What the frames cost that begin within these octets. It matters not how they are cut.
    mutating func read(_ octets: RawSpan) -> Int {
        if !hidden.isEmpty { hidden.removeAll() }
        var cost = 0
        var at = 0
        while at < octets.byteCount {
            if passing > 0 {
                let count = min(passing, octets.byteCount - at)
                if hiding > 0 { hide(at, atMost: count) }
                passing -= count
                at += count
                continue
            }
            head[headCount] = octets[octet: at]
            headCount += 1
            at += 1
            guard headCount == 9 else { continue }
            cost += begin()
            if mistake == nil, let error = judge() { mistake = (at, error) }
        }
        return cost
    }

    /// What nghttp2 passes over, or does not count by frames.
    private mutating func judge() -> HTTP2Error? {
        continuations = head[3] == 0x9 ? continuations + 1 : 0
        if continuations > HTTP2Limits.continuationsMax { return .enhanceYourCalm }
        switch head[3] {
        case 0x1: return numbers.take(stream) ? nil : .protocol
        // PRIORITY of no stream (RFC 9113 section 6.3).
        case 0x2: return stream == 0 ? .protocol : nil
        case _: return nil
        }
    }

    private var stream: UInt32 {
        UInt32(head[5] & 0x7f) << 24 | UInt32(head[6]) << 16 | UInt32(head[7]) << 8
            | UInt32(head[8])
    }

    /// A frame's head is complete (RFC 9113 section 4.1).
    private mutating func begin() -> Int {
        headCount = 0
        passing = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        // GOAWAY says first which of the streams that we have opened was the last. We open none, so
        // that clients may write what they like there; nghttp2 ends the connection for it.
        hiding = head[3] == 0x7 && passing >= 8 ? 4 : 0
        return FrameBudget.cost(ofFrame: head[3], flags: head[4], length: passing)
    }

    private mutating func hide(_ start: Int, atMost most: Int) {
        let count = min(hiding, most)
        hidden.append(start..<(start + count))
        hiding -= count
    }
}
