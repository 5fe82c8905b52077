import Bytes
import HTTP1
import Testing

/// A WebSocket's frames, as octets.
private enum Frames {
    static func frame(
        _ first: UInt8, count: Int, isMasked: Bool = false, wide: Int = 0
    ) -> [UInt8] {
        let mask: UInt8 = isMasked ? 0x80 : 0
        var octets = [first]
        switch (wide, count) {
        case (8, _), (_, 65_536...):
            octets.append(mask | 127)
            octets += (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        case (2, _), (_, 126...):
            octets += [mask | 126, UInt8(count >> 8), UInt8(count & 0xff)]
        case _: octets.append(mask | UInt8(count))
        }
        // A mask and a payload that look like frames themselves.
        if isMasked { octets += [0x88, 0x00, 0x88, 0x00] }
        return octets + [UInt8](repeating: 0x88, count: count)
    }

    static let close = frame(0x88, count: 2)
}

@Suite("RFC 6455 §5: frames of a WebSocket, followed")
struct WebSocketTests {
    /// Sends the rest of the octets in pieces; what passed, and after how many the close came.
    private func pass(
        _ octets: [UInt8], from start: Int, step: Int, _ direction: inout WebSocketDirection
    ) -> (passed: Int, closedAt: Int?) {
        var passed = start
        var closedAt: Int?
        var at = start
        while at < octets.count {
            let end = min(octets.count, at + step)
            let result = direction.pass(octets.span.octets.extracting(at..<end))
            passed += result.count
            if result.closes { closedAt = passed }
            at = end
        }
        return (passed, closedAt)
    }

    @Test(
        "The close comes after the last whole frame, at every limit of a length, masked or not",
        arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_000], [true, false])
    func lengths(count: Int, isMasked: Bool) {
        let first = Frames.frame(0x82, count: count, isMasked: isMasked)
        let octets = first + Frames.frame(0x81, count: 5, isMasked: isMasked)
        for step in [1, 2, 3, 7, octets.count] {
            var direction = WebSocketDirection()
            // Asked to end after the first octet of the first frame.
            #expect(direction.pass(octets.span.octets.extracting(0..<1)).count == 1)
            #expect(direction.end() == false)
            let (passed, closedAt) = pass(octets, from: 1, step: step, &direction)
            #expect(passed == first.count, "step \(step)")
            #expect(closedAt == first.count, "step \(step)")
            #expect(direction.hasEnded)
        }
    }

    @Test("A length in more octets than it needs is followed like any other")
    func wideLengths() {
        for wide in [2, 8] {
            let octets = Frames.frame(0x82, count: 3, wide: wide)
            var direction = WebSocketDirection()
            _ = direction.pass(octets.span.octets.extracting(0..<3))
            #expect(direction.end() == false)
            let rest = direction.pass(octets.span.octets.extracting(3..<octets.count))
            #expect(rest.count == octets.count - 3)
            #expect(rest.closes)
        }
    }

    @Test("Between fragments of a message a close may come, and after a ping between them")
    func fragments() {
        let fragments = [
            Frames.frame(0x01, count: 4), Frames.frame(0x89, count: 0),
            Frames.frame(0x00, count: 300), Frames.frame(0x80, count: 1),
        ]
        var direction = WebSocketDirection()
        let two = fragments[0] + fragments[1]
        #expect(direction.pass(two.span.octets).count == two.count)
        #expect(direction.end() == true)
        #expect(direction.hasEnded)
        let rest = fragments[2] + fragments[3]
        #expect(direction.pass(rest.span.octets).count == 0)
        #expect(!direction.hasClosed)
        #expect(direction.pass(Frames.close.span.octets).count == 0)
        #expect(direction.hasClosed)
    }

    @Test("Nothing is added where the side that sends has closed already")
    func closedAlready() {
        var direction = WebSocketDirection()
        #expect(direction.pass(Frames.close.span.octets).count == Frames.close.count)
        #expect(direction.hasClosed)
        #expect(direction.end() == false)
        #expect(direction.hasEnded)
        var late = WebSocketDirection()
        _ = late.pass(Frames.close.span.octets.extracting(0..<3))
        #expect(late.end() == false)
        let rest = late.pass(Frames.close.span.octets.extracting(3..<Frames.close.count))
        #expect(rest.count == 1)
        #expect(!rest.closes)
        #expect(late.hasClosed)
    }

    @Test("The largest length is waited for, one past it is nothing to follow, and neither traps")
    func hostileLengths() {
        var largest = WebSocketDirection()
        let head: [UInt8] = [0x82, 0x7f, 0x7f] + [UInt8](repeating: 0xff, count: 7)
        _ = largest.pass(head.span.octets)
        let much = [UInt8](repeating: 0, count: 100_000)
        #expect(largest.end() == false)
        #expect(largest.pass(much.span.octets).count == 100_000)
        #expect(!largest.hasEnded)
        var past = WebSocketDirection()
        let lost: [UInt8] = [0x82, 0xff, 0x80] + [UInt8](repeating: 0, count: 11)
        #expect(past.pass(lost.span.octets).count == lost.count)
        #expect(past.end() == false)
        #expect(past.hasEnded)
        #expect(past.pass(much.span.octets).count == 0)
    }

    @Test("The close of a proxy is 1001, masked toward a server alone")
    func closeFrame() {
        var plain = ByteBuffer()
        WebSocketClose.write(mask: nil, into: &plain)
        #expect(plain.text.unicodeScalars.map(\.value) == [0x88, 0x02, 0x03, 0xe9])
        var masked = ByteBuffer()
        WebSocketClose.write(mask: 0x37fa_213d, into: &masked)
        #expect(
            masked.text.unicodeScalars.map(\.value)
                == [0x88, 0x82, 0x37, 0xfa, 0x21, 0x3d, 0x34, 0x13])
    }
}
