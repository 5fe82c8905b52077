import Testing

@testable import HTTP2

/// RFC 9113, sections 3 to 6: frames, streams, windows. The numbers in brackets are those of the
/// list of duties.
@Suite("RFC 9113, frames and streams")
struct FrameTests {
    @Test("§3.4: settings go first, the client's are acknowledged, another preface is refused [68]")
    func preface() throws {
        let peer = try Peer(preface: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        peer.send(Frame(kind: .settings))
        let answers = peer.answers()
        #expect(answers.first?.kind == .settings && answers.first?.flags == 0)
        #expect(answers.contains(Frame(kind: .settings, flags: Frame.acknowledge)))
        let other = try Peer(preface: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(!other.isSound)
    }

    @Test("§4.1: frames of unknown types are ignored, and so is the reserved bit [69]")
    func unknown() throws {
        let peer = try Peer()
        peer.send(Frame(kind: .unknown, flags: 0xff, stream: 1, payload: [1, 2, 3]))
        var get = Frame.headers(1, Frame.get)
        get.stream |= 0x8000_0000
        peer.send(get)
        #expect(peer.heard.count == 1)
        #expect(peer.ending() == nil)
    }

    @Test("§4.2: a frame larger than announced, or too small for what it is [70]")
    func sizes() throws {
        for frame in [
            Frame(kind: .data, stream: 1, statedLength: 16_385),
            Frame(kind: .ping, payload: [0]), Frame(kind: .settings, payload: [0]),
            Frame(kind: .windowUpdate, payload: [0, 0, 0]),
            Frame(kind: .headers, flags: 0x28, stream: 1, payload: [9]),
        ] {
            let peer = try Peer()
            peer.send(frame)
            let error = peer.ending()
            #expect(error == Code.frameSize || error == Code.protocol, "\(frame)")
        }
    }

    @Test("§4.3, §6.10: a head's frames follow each other, and CONTINUATION nothing else [71, 80]")
    func contiguous() throws {
        let part = Frame(kind: .headers, stream: 1, payload: Frame.block(Frame.get))
        for frame in [
            Frame(kind: .ping, payload: [UInt8](repeating: 0, count: 8)),
            Frame(kind: .continuation, flags: Frame.endHeaders, stream: 3),
        ] {
            let peer = try Peer()
            peer.send(part, frame)
            #expect(peer.ending() == Code.protocol)
        }
        let lone = try Peer()
        lone.send(Frame(kind: .continuation, flags: Frame.endHeaders, stream: 1))
        #expect(lone.ending() == Code.protocol)
        let whole = try Peer()
        let octets = Frame.block(Frame.get)
        whole.send(
            Frame(kind: .headers, flags: Frame.endStream, stream: 1, payload: Array(octets[..<9])),
            Frame(
                kind: .continuation, flags: Frame.endHeaders, stream: 1,
                payload: Array(octets[9...])))
        #expect(whole.heard.count == 1)
    }

    @Test("§4.3: what cannot be decoded ends the connection [71, 72]")
    func compression() throws {
        for block: [UInt8] in [[0xff, 0xff, 0xff, 0xff, 0x7f], [0xc0], [0x3f, 0xff, 0xff, 0x03]] {
            let peer = try Peer()
            peer.send(
                Frame(
                    kind: .headers, flags: Frame.endHeaders | Frame.endStream, stream: 1,
                    payload: block))
            #expect(peer.ending() == Code.compression, "\(block)")
        }
    }

    @Test("§4.3: a head that is not used is decoded all the same, for the table's sake [71]")
    func decodedAnyway() throws {
        let peer = try Peer()
        // Malformed by its upper-case name; `x-kept` before it enters the table, in place 62.
        var block = Frame.block(Frame.get) + [0x40] + Frame.text("x-kept") + Frame.text("yes")
        block += [0x00] + Frame.text("Upper") + Frame.text("no")
        let flags = Frame.endHeaders | Frame.endStream
        peer.send(Frame(kind: .headers, flags: flags, stream: 1, payload: block))
        #expect(peer.reset(of: 1) == Code.protocol)
        peer.send(
            Frame(
                kind: .headers, flags: flags, stream: 3, payload: Frame.block(Frame.get) + [0xbe]))
        guard case .request(3, let head)? = peer.heard.last else {
            Issue.record("\(peer.heard)")
            return
        }
        #expect(head.contains("x-kept: yes\r\n"))
    }

    @Test("§4.3.1: a client's smaller table is announced in the next head [72]")
    func tableSize() throws {
        let peer = try Peer()
        peer.send(Frame.setting(1, 0), Frame.headers(1, Frame.get))
        peer.answer(1, 200, .nothing)
        let head = peer.answers().first { $0.kind == .headers }
        #expect(head?.payload.first == 0x20)
    }

    @Test("§5.1, §5.1.1: frames on streams in the wrong state, even and falling numbers [73]")
    func states() throws {
        for frames in [
            [Frame.data(1, "x")], [Frame.windowUpdate(1, 1)],
            [Frame(kind: .reset, stream: 1, payload: [0, 0, 0, 8])],
            [Frame.headers(2, Frame.get)],
        ] {
            let peer = try Peer()
            peer.send(frames)
            let error = peer.ending()
            #expect(error == Code.protocol || error == Code.streamClosed, "\(frames)")
        }
        let closed = try Peer()
        closed.send(Frame.headers(1, Frame.get), Frame.data(1, "more"))
        let answers = closed.answers()
        #expect(answers.contains { $0.error == Code.streamClosed }, "\(answers)")
        #expect(!closed.heard.contains(.content(1, "more")))
    }

    @Test("§5.1.1: a number that was passed over ends the connection [73]")
    func passedOver() throws {
        for numbers: [UInt32] in [[5, 3], [3, 1], [1, 9, 11, 7], [1, 5, 0x7fff_ffff, 101]] {
            let octets = numbers.flatMap { Frame.headers($0, Frame.get).octets }
            for step in [1, octets.count] {
                let peer = try Peer()
                for at in stride(from: 0, to: octets.count, by: step) {
                    peer.send(Array(octets[at..<min(octets.count, at + step)]))
                }
                #expect(peer.heard.count == numbers.count - 1, "\(numbers)")
                #expect(peer.ending() == Code.protocol && !peer.isSound, "\(numbers)")
            }
        }
    }

    @Test("§5.1.1: a late head on a stream that was there is not such a number [73]")
    func lateHead() throws {
        let peer = try Peer()
        peer.send(Frame.headers(5, Frame.post, ends: false), Frame.headers(9, Frame.get))
        peer.send(Frame.headers(5, [("x-sum", "7")]))
        #expect(peer.heard.contains(.ended(5)))
        // We had ended it before its trailers came.
        peer.send(Frame.headers(11, Frame.post, ends: false), Frame.headers(13, Frame.get))
        peer.session.reset(stream: 11, .none)
        _ = peer.answers()
        peer.send(Frame.headers(11, [("x-sum", "7")]))
        #expect(peer.ending() == nil && peer.isSound)
    }

    @Test("§5.1.1: of a client that leaves many gaps the oldest are forgotten, not the newest")
    func manyGaps() throws {
        for (number, isEnded) in [(UInt32(2), false), (1_995, true)] {
            var numbers = StreamNumbers()
            for number in stride(from: UInt32(7), through: 2_000, by: 10) {
                let isTaken = numbers.take(number)
                #expect(isTaken)
            }
            let isTaken = numbers.take(number)
            #expect(isTaken == !isEnded)
        }
    }

    @Test("§5.1.2: 128 streams are served at once, and the next one is refused [73]")
    func streams() throws {
        let peer = try Peer()
        for number in 0..<128 { peer.send(Frame.headers(UInt32(number) * 2 + 1, Frame.get)) }
        #expect(peer.answers().isEmpty)
        peer.send(Frame.headers(257, Frame.get))
        let error = peer.answers().first?.error
        #expect(error == Code.refusedStream || error == Code.protocol)
        #expect(peer.heard.filter { if case .request = $0 { true } else { false } }.count == 128)
    }

    @Test("§6.3: a priority of no stream ends the connection, after what came before it")
    func priority() throws {
        let priority = Frame(kind: .priority, stream: 0x8000_0000, payload: [0, 0, 0, 0, 1])
        let octets = [Frame.headers(1, Frame.get), priority, Frame.headers(3, Frame.get)]
            .flatMap(\.octets)
        for step in [1, 7, octets.count] {
            let peer = try Peer()
            for at in stride(from: 0, to: octets.count, by: step) {
                peer.send(Array(octets[at..<min(octets.count, at + step)]))
            }
            #expect(peer.heard.count == 1 && !peer.isSound, "\(step)")
            #expect(peer.ending() == Code.protocol, "\(step)")
        }
    }

    @Test(
        "§5.4.2, §6.4: a reset is not answered by one, and is of a stream that was there [74, 75]")
    func resets() throws {
        let reset = Frame(kind: .reset, stream: 1, payload: Frame.number(8))
        let peer = try Peer()
        peer.send(Frame.headers(1, Frame.post, ends: false), reset)
        peer.send(Frame.data(1, "late"), reset)
        let answers = peer.answers()
        #expect(!answers.contains { $0.kind == .reset }, "\(answers)")
        #expect(peer.heard.contains(.closed(1)))
        let zero = try Peer()
        zero.send(Frame(kind: .reset, stream: 0, payload: Frame.number(8)))
        #expect(zero.ending() == Code.protocol)
    }

    @Test("§6.5: settings in the wrong place, of wrong values, acknowledged with content [76]")
    func settings() throws {
        for (frame, error) in [
            (Frame(kind: .settings, stream: 1), Code.protocol),
            (Frame(kind: .settings, flags: 1, payload: [0, 1, 0, 0, 0, 0]), Code.frameSize),
            (Frame.setting(2, 2), Code.protocol),
            (Frame.setting(4, 0x8000_0000), Code.flowControl),
            (Frame.setting(5, 16_383), Code.protocol),
            (Frame.setting(5, 16_777_216), Code.protocol),
        ] {
            let peer = try Peer()
            peer.send(frame)
            #expect(peer.ending() == error, "\(frame)")
        }
    }

    @Test("§6.7: a ping is answered with its own octets")
    func ping() throws {
        let peer = try Peer()
        let octets = (1...8).map { UInt8($0) }
        peer.send(Frame(kind: .ping, payload: octets))
        #expect(peer.answers() == [Frame(kind: .ping, flags: Frame.acknowledge, payload: octets)])
    }

    @Test("§6.8: a client that leaves still gets its answer; ours names the last stream [77, 78]")
    func goAway() throws {
        let peer = try Peer()
        peer.send(
            Frame.headers(1, Frame.get), Frame(kind: .goAway, payload: [0, 0, 0, 0, 0, 0, 0, 0]))
        #expect(peer.session.isClientLeaving)
        peer.answer(1, 200, .nothing)
        #expect(peer.answers().contains { $0.kind == .headers })
        let other = try Peer()
        other.session.announceEnd()
        #expect(other.answers().first?.lastStream == 0x7fff_ffff)
        other.send(Frame.headers(1, Frame.get))
        #expect(other.heard.count == 1)
        other.session.endAfterPresent()
        let last = other.answers().first
        #expect(last?.lastStream == 1 && last?.error == Code.none)
        other.send(Frame.headers(3, Frame.get))
        #expect(other.heard.count == 1)
    }

    @Test("§6.8: whatever a client says of streams that we never opened, its own are served [77]")
    func goodbyes() throws {
        func goAway(_ last: UInt32) -> Frame {
            Frame(kind: .goAway, payload: Frame.number(last) + Frame.number(0) + [0x62, 0x79])
        }
        let frames = [
            Frame.headers(1, Frame.get), goAway(1), Frame.headers(3, Frame.post, ends: false),
            goAway(2), goAway(0x7fff_ffff), Frame.data(3, "content", ends: true),
        ]
        let octets = frames.flatMap(\.octets)
        for step in [1, 2, 10, octets.count] {
            let peer = try Peer()
            for at in stride(from: 0, to: octets.count, by: step) {
                peer.send(Array(octets[at..<min(octets.count, at + step)]))
            }
            #expect(peer.isSound && peer.ending() == nil, "\(step)")
            #expect(peer.session.isClientLeaving, "\(step)")
            let content = peer.heard.reduce("") {
                if case .content(3, let text) = $1 { $0 + text } else { $0 }
            }
            #expect(content == "content", "\(step)")
            #expect(peer.heard.last == .ended(3), "\(step)")
        }
        let short = try Peer()
        short.send(Frame(kind: .goAway, payload: [0, 0, 0, 1, 0, 0, 0]))
        #expect(short.ending() == Code.frameSize)
    }

    @Test("§6.9: increments of 0, and windows beyond 2^31-1 [79]")
    func windows() throws {
        let zero = try Peer()
        zero.send(Frame.headers(1, Frame.get), Frame.windowUpdate(1, 0))
        let answers = zero.answers()
        #expect(answers.contains { $0.error == Code.protocol }, "\(answers)")
        let connection = try Peer()
        connection.send(Frame.windowUpdate(0, 0x7fff_ffff))
        #expect(connection.ending() == Code.flowControl)
        let stream = try Peer()
        stream.send(Frame.headers(1, Frame.get), Frame.windowUpdate(1, 0x7fff_ffff))
        #expect(stream.answers().contains { $0.error == Code.flowControl })
        let initial = try Peer()
        initial.send(
            Frame.headers(1, Frame.get), Frame.windowUpdate(1, 0x7fff_0000),
            Frame.setting(4, 0x7fff_ffff))
        #expect(initial.answers().contains { $0.error == Code.flowControl })
    }

    @Test("§6.9: more content than the window has ends stream or connection [79]")
    func overrun() throws {
        let peer = try Peer()
        peer.send(Frame.headers(1, Frame.post, ends: false))
        let piece = String(repeating: "x", count: 13_107)
        for _ in 0..<5 { peer.send(Frame.data(1, piece)) }
        #expect(!peer.answers().contains { $0.kind == .reset || $0.kind == .goAway })
        peer.send(Frame.data(1, "x"))
        #expect(peer.answers().contains { $0.error == Code.flowControl })
    }

    @Test(
        "§6.9: a stream that nobody reads stops no other: the connection's window goes on"
    )
    func heldStream() throws {
        let peer = try Peer()
        let piece = String(repeating: "x", count: 13_107)
        var answers: [Frame] = []
        for stream in 0..<40 {
            let id = UInt32(stream * 2 + 1)
            peer.send(Frame.headers(id, Frame.post, ends: false))
            for _ in 0..<5 { peer.send(Frame.data(id, piece)) }
            answers += peer.answers()
        }
        // 2.6 MB came on streams that were not read: the connection's window went on.
        #expect(peer.isSound && !answers.contains { $0.kind == .goAway })
        #expect(answers.contains { $0.kind == .windowUpdate && $0.stream == 0 })
        #expect(!answers.contains { $0.kind == .windowUpdate && $0.stream != 0 })
        peer.session.acknowledge(stream: 1, 65_535)
        #expect(peer.answers() == [Frame.windowUpdate(1, 65_535)])
    }

    @Test("§6.9.2: windows may become negative, and content waits until they are not [79]")
    func negative() throws {
        let peer = try Peer()
        peer.send(Frame.setting(4, 5), Frame.headers(1, Frame.get))
        peer.answer(1, 200, .content)
        #expect(peer.write(1, "0123456789") == 5)
        peer.send(Frame.setting(4, 2))
        #expect(peer.write(1, "56789") == 0)
        peer.send(Frame.windowUpdate(1, 3))
        #expect(peer.write(1, "56789") == 0)
        peer.send(Frame.windowUpdate(1, 5))
        #expect(peer.write(1, "56789", isLast: true) == 5)
        #expect(peer.answers().last { $0.kind == .data }?.flags == Frame.endStream)
    }

    @Test("§8.4: a client pushes nothing [89]")
    func push() throws {
        let peer = try Peer()
        peer.send(
            Frame.headers(1, Frame.get),
            Frame(kind: .push, flags: 4, stream: 1, payload: [0, 0, 0, 2]))
        #expect(peer.ending() == Code.protocol)
    }
}
