/// The names of the fields of a line in the access log's JSON form: an interface, as others' tools
/// read them. Those that a request has nothing for are null, so that every line has the same ones.
enum AccessField {
    /// When the request was over: RFC 3339, UTC, milliseconds.
    static let time: StaticString = "time"
    /// Who asked: the connection's peer, or whom a trusted proxy names.
    static let client: StaticString = "client"
    static let method: StaticString = "method"
    /// As it was received, with its query.
    static let target: StaticString = "target"
    static let version: StaticString = "protocol"
    static let scheme: StaticString = "scheme"
    static let host: StaticString = "host"
    /// What went to the client. As nginx has it: 499 where the client left before an answer, 400
    /// where it left within a head.
    static let status: StaticString = "status"
    /// Octets of content; of a tunnel all that the client sent.
    static let requestBytes: StaticString = "request_bytes"
    /// The same toward the client.
    static let responseBytes: StaticString = "response_bytes"
    /// From the first octet of the head to the last octet of the answer that the kernel took.
    static let duration: StaticString = "duration_ms"
    static let service: StaticString = "service"
    static let color: StaticString = "color"
    /// The target that was asked last.
    static let upstream: StaticString = "upstream"
    /// From the choice of that target: until the connection stood (0 for a kept one), until its
    /// answer's head, until its last octet.
    static let connectTime: StaticString = "upstream_connect_ms"
    static let headTime: StaticString = "upstream_header_ms"
    static let upstreamTime: StaticString = "upstream_response_ms"
    /// How long it waited because of a hold.
    static let held: StaticString = "held_ms"
    /// How often it was sent again.
    static let retries: StaticString = "retries"
    /// Why Bascule answered itself or cut the answer: the word of X-Bascule-Reason, or one of
    /// `AccessEnding`.
    static let reason: StaticString = "reason"
    /// The client has got all of the answer, as far as the kernel took it.
    static let isComplete: StaticString = "complete"
    static let referer: StaticString = "referer"
    static let userAgent: StaticString = "user_agent"
    static let requestID: StaticString = "request_id"
}
