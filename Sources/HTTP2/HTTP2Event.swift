public import Bytes

/// What came of received octets, in the order in which it came.
public enum HTTP2Event: BitwiseCopyable, Sendable {
    /// How the content of a request comes.
    public enum Content: BitwiseCopyable, Hashable, Sendable {
        /// There is none: the head was all.
        case none
        /// As many octets as the head declares.
        case declared
        /// Up to the stream's end.
        case untilEnd
        /// Octets both ways (RFC 8441).
        case tunnel
    }

    /// A head is complete; `head` is it in the form of HTTP/1.1, in the session's `text`.
    case request(stream: Int32, head: ByteRange, Content)
    /// Content, within the octets that were given to `receive`.
    case content(stream: Int32, ByteRange)
    /// Field lines in the session's `text`; `ended` follows.
    case trailers(stream: Int32, ByteRange)
    /// The client sends no more on this stream.
    case ended(stream: Int32)
    /// The stream is over, as a rule because both sides have ended it; nothing more can be sent.
    case closed(stream: Int32)
    /// More may be sent on a stream; on all where it is 0.
    case windowOpened(stream: Int32)
}

/// Why a stream or a connection is ended (RFC 9113 section 7).
public enum HTTP2Error: UInt32, Hashable, Sendable {
    case none = 0x0
    case `protocol` = 0x1
    case `internal` = 0x2
    case refusedStream = 0x7
    case cancel = 0x8
    case enhanceYourCalm = 0xb
}
