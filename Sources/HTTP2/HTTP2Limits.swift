/// What one connection of HTTP/2 may ask for. Those without a value here come from the
/// configuration (`limits`).
public struct HTTP2Limits: Hashable, Sendable {
    /// Requests at once. What browsers and other servers are used to; RFC 9113 section 6.5.2
    /// advises 100 at least, and each holds memory here.
    public static let streamsMax: UInt32 = 128
    /// Octets of content that one stream may have under way, unread: as much as is read ahead of
    /// a request in HTTP/1.1. A held stream holds no more.
    public static let streamWindowBytes: Int32 = 65_535
    /// The same for all streams of a connection together. What arrives is taken from the connection
    /// at once, so that a stream which is not read stops no other; all their own windows bound it.
    public static let connectionWindowBytes: Int32 = 1024 * 1024
    /// CONTINUATION frames of one head: with the least frame size they carry 128 KiB.
    static let continuationsMax = 8
    /// nghttp2 counts looks at what should be a CONTINUATION frame's head, and each may come in
    /// nine pieces, the one that is something else too.
    static let continuationLooksMax = 9 * (continuationsMax + 1)
    /// Answers to PING and SETTINGS that wait to be sent; a peer that does not read gets no more.
    static let acknowledgementsMax = 100
    /// Settings of one frame: there are a dozen that mean anything.
    static let settingsMax = 32
    /// Resets at once, and a second from then on: as nghttp2 has it by itself.
    static let resetsAtOnce: UInt64 = 1_000
    static let resetsPerSecond: UInt64 = 33

    /// Octets of a head as text; what is larger is cut there, so that who reads it refuses it.
    public var headBytesMax: Int

    public init(headBytesMax: Int) { self.headBytesMax = headBytesMax }
}
