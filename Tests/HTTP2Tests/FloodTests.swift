import HTTP2
import Testing

/// RFC 9113 section 10.5: what a peer may do often, and what ends its connection. Each flood is
/// sent in the amount that a client at work never reaches, and has to be too dear.
@Suite("Floods of frames")
struct FloodTests {
    private func isTooDear(_ count: Int, _ frames: (UInt32) -> [Frame]) throws -> Bool {
        let peer = try Peer()
        var isEnded = false
        for index in 0..<count where peer.isSound && !isEnded {
            peer.send(frames(UInt32(index)))
            if index % 50 == 0 { isEnded = peer.answers().contains { $0.kind == .goAway } }
        }
        isEnded = isEnded || peer.answers().contains { $0.kind == .goAway }
        return !peer.isSound || isEnded || peer.cost > FrameBudget.pointsMax
    }

    @Test("Rapid reset: requests that are taken back at once (CVE-2023-44487)")
    func rapidReset() throws {
        func frames(_ index: UInt32) -> [Frame] {
            let stream = index * 2 + 1
            return [
                Frame.headers(stream, Frame.get),
                Frame(kind: .reset, stream: stream, payload: Frame.number(8)),
            ]
        }
        #expect(try isTooDear(200, frames))
        // A page of 128 requests that is left.
        #expect(try !isTooDear(128, frames))
    }

    @Test(
        "Resets that we are provoked to make (CVE-2025-8671)",
        arguments: ["zero", "overflow", "content", "head", "length"])
    func provoked(_ kind: String) throws {
        #expect(
            try isTooDear(400) { index in
                let stream = index * 2 + 1
                let get = Frame.headers(stream, Frame.get)
                switch kind {
                case "zero": return [get, Frame.windowUpdate(stream, 0)]
                case "overflow": return [get, Frame.windowUpdate(stream, 0x7fff_ffff)]
                case "content": return [get, Frame.data(stream, "x")]
                case "head": return [get, Frame.headers(stream, Frame.get)]
                default:
                    return [Frame.headers(stream, Frame.get + [("content-length", "1")])]
                }
            })
    }

    @Test("A head without end: CONTINUATION after CONTINUATION (CVE-2024-27316)")
    func continuation() throws {
        let peer = try Peer()
        peer.send(Frame(kind: .headers, stream: 1, payload: Frame.block(Frame.get)))
        for _ in 0..<20 where peer.isSound {
            peer.send(
                Frame(
                    kind: .continuation, stream: 1,
                    payload: Frame.block([("x", String(repeating: "y", count: 200))])))
        }
        #expect(!peer.isSound || peer.answers().contains { $0.kind == .goAway })
        #expect(peer.heard.isEmpty)
    }

    @Test("An HPACK bomb: one octet for a field of 200; what is kept of it is bounded")
    func bomb() throws {
        let peer = try Peer(headBytesMax: 1_024)
        var block = Frame.block(Frame.get)
        block += [0x40] + Frame.text("x") + Frame.text(String(repeating: "y", count: 200))
        block += [UInt8](repeating: 0xbe, count: 8_000)
        peer.send(
            Frame(
                kind: .headers, flags: Frame.endHeaders | Frame.endStream, stream: 1,
                payload: block))
        guard case .request(1, let head)? = peer.heard.first else {
            Issue.record("\(peer.heard)")
            return
        }
        // Enough for the parser to refuse it with 431, and no more.
        #expect(head.utf8.count > 1_024 && head.utf8.count < 2_048)
    }

    @Test("Settings, pings, priorities, window updates, empty frames, unknown ones, goodbyes")
    func small() throws {
        let open = Frame.headers(1, Frame.post, ends: false)
        let priority = Frame(kind: .priority, stream: 9, payload: [0, 0, 0, 0, 1])
        let goodbye = [UInt8](repeating: 0, count: 8)
        let ping = Frame(kind: .ping, payload: goodbye)
        for (count, frame) in [
            (300, Frame(kind: .settings)), (1_100, ping), (2_100, priority),
            (2_100, Frame.windowUpdate(0, 1)), (1_100, Frame.data(1, "")),
            (1_100, Frame(kind: .unknown)), (1_100, Frame(kind: .goAway, payload: goodbye)),
        ] {
            #expect(try isTooDear(count) { $0 == 0 ? [open] : [frame] }, "\(frame)")
            #expect(try !isTooDear(100) { $0 == 0 ? [open] : [frame] }, "\(frame)")
        }
    }

    @Test("Frames that nghttp2 passes over cost what others cost, however they arrive")
    func passedOver() throws {
        let large = Frame(kind: .unknown, payload: [UInt8](repeating: 0, count: 10 * 1_024))
        let gone = [
            Frame.headers(1, Frame.get), Frame(kind: .reset, stream: 1, payload: Frame.number(8)),
            Frame.data(1, ""), Frame.windowUpdate(1, 1),
        ]
        func padded(_ count: Int) -> Frame {
            let octets = [UInt8(min(255, count - 1))] + [UInt8](repeating: 0, count: count - 1)
            return Frame(kind: .data, flags: 8, stream: 1, payload: octets)
        }
        for (frames, cost) in [
            ([Frame(kind: .unknown)], 2), ([large], 12), (gone, 15),
            ([Frame.headers(1, Frame.post, ends: false), padded(256), padded(257)], 4),
        ] {
            let octets = frames.flatMap(\.octets)
            let peer = try Peer()
            peer.send(octets)
            #expect(peer.cost == cost, "\(frames)")
            let slow = try Peer()
            for octet in octets { slow.send([octet]) }
            #expect(slow.cost == cost, "\(frames)")
        }
    }

    @Test("Answers to pings do not pile up for a client that reads none")
    func unreadPings() throws {
        let peer = try Peer()
        let ping = Frame(kind: .ping, payload: [UInt8](repeating: 0, count: 8))
        for _ in 0..<2_000 where peer.isSound { peer.send(ping) }
        #expect(!peer.isSound)
    }
}
