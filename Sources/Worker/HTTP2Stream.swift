import Bytes
import HTTP
import HTTP2
import Kernel

/// One stream of HTTP/2: where a client without a socket gets its octets from and sends them to.
final class HTTP2Stream {
    /// How far the answer is.
    enum Answer { case heads, content, ended }

    enum Waits { case no, turn, window }

    let link: HTTP2Link
    let id: Int32
    let content: HTTP2Event.Content
    var answer = Answer.heads
    var waits = Waits.no
    /// The client has sent all of its request.
    var isRequestEnded: Bool
    /// nghttp2 knows it no more.
    var isGone = false
    /// Content of the request whose length is not known.
    var chunks = StreamChunks()
    /// The last octet of declared content that came. It goes on with what follows it, so that no
    /// request is whole before its client has ended it: more may come than was declared, which
    /// makes it malformed (RFC 9113 section 8.1.1).
    var kept: UInt8?
    /// Field lines that follow the answer's content.
    var trailers = ByteBuffer()
    /// Octets of content whose room the client was not given back.
    private var unread = 0

    init(_ link: HTTP2Link, _ id: Int32, _ content: HTTP2Event.Content) {
        self.link = link
        self.id = id
        self.content = content
        isRequestEnded = content == .none
    }

    func took(_ count: Int) { unread += count }

    /// Gives room back for what is not among the `left` octets that still wait here.
    func openWindow(left: Int) {
        let used = unread - left
        guard used > 0, !isRequestEnded, !isGone else { return }
        unread -= used
        link.session.acknowledge(stream: id, used)
        link.touch()
    }

    func wait(_ handle: Handle, for waits: Waits) {
        guard self.waits == .no else { return }
        self.waits = waits
        switch waits {
        case .no: break
        case .turn: link.waiting.append(handle)
        case .window: link.starved.append(handle)
        }
    }

    /// The client that it was is gone. What is not complete must not look so.
    func leave() {
        link.streams[id] = nil
        guard !link.isOver else { return }
        link.touch()
        switch answer {
        case .ended:
            link.budget.earn(FrameBudget.answered)
            // The rest of the request is of no use (RFC 9113 section 8.1).
            if !isRequestEnded, !isGone { link.session.reset(stream: id, .none) }
        case .heads, .content:
            if !isGone { link.session.reset(stream: id, .internal) }
        }
    }
}
