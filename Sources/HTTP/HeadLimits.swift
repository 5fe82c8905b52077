/// How large a head may be. The values come from the configuration (`limits`).
public struct HeadLimits: BitwiseCopyable, Sendable {
    /// Octets of a whole head, start line and empty line included; more is 431.
    public var headBytesMax: Int
    /// Fields of a head; more is 431.
    public var fieldCountMax: Int
    /// Octets of the request line; more is 414. RFC 9112 section 3 wants 8000 at least.
    public var startLineBytesMax: Int
    /// Octets of declared content; more is 413. 0: no limit.
    public var bodyBytesMax: UInt64

    public init(
        headBytesMax: Int = 32 * 1024, fieldCountMax: Int = 100,
        startLineBytesMax: Int = 16 * 1024, bodyBytesMax: UInt64 = 0
    ) {
        self.headBytesMax = headBytesMax
        self.fieldCountMax = fieldCountMax
        self.startLineBytesMax = startLineBytesMax
        self.bodyBytesMax = bodyBytesMax
    }
}
