public import Control

/// How much of anything is taken from a peer.
public struct LimitSettings: Hashable, Sendable {
    /// A request's or an answer's head, start line included. Cookies of 8 KiB are real; nginx
    /// takes 4 x 8 KiB, HAProxy 16 KiB.
    public var headerBytes = ByteSize.kibibytes(32)
    /// Fields of a head: browsers send 20, proxies add 10.
    public var headerCount = 100
    /// A request body; 0: no limit, as uploads are the app's business.
    public var bodyBytes = ByteSize(bytes: 0)
    /// A declared body up to this is awaited before the request starts, so that a slow client
    /// does not hold up a drain. Most JSON fits.
    public var requestBuffer = ByteSize.kibibytes(64)
    /// Of an answer, kept for a slow client so that the app is free again. Most pages fit.
    public var responseBuffer = ByteSize.kibibytes(256)
    /// The sum of these in one worker: what slow clients can cost in memory.
    public var responseBuffers = ByteSize.mebibytes(64)
    /// Clients of one worker. Lowered with a warning when RLIMIT_NOFILE cannot carry it.
    public var connections = 10_000

    public init() {}

    /// Below 1 KiB no browser gets through; above 1 MiB a head is an attack.
    public static let headerBytesRange = ByteSize.kibibytes(1)...ByteSize.mebibytes(1)
    public static let headerCountRange = 10...1000
    public static let bodyBytesRange = ByteSize(bytes: 0)...ByteSize(bytes: ByteSize.bytesMax)
    public static let requestBufferRange = ByteSize(bytes: 0)...ByteSize.mebibytes(16)
    /// At least one read of a target (16 KiB).
    public static let responseBufferRange = ByteSize.kibibytes(16)...ByteSize.mebibytes(64)
    public static let responseBuffersRange = ByteSize.kibibytes(16)...ByteSize.mebibytes(65_536)
    public static let connectionsRange = 1...1_000_000
}
