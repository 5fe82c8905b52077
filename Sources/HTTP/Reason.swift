/// Why Bascule answers itself: the word in `X-Bascule-Reason`.
public enum Reason: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case badRequest, requestTimeout, tooLarge, notSupported, noService
    case upstreamRefused, upstreamReset, upstreamInvalid, upstreamInsecure, upstreamTimeout
    case heldTooLong, queueFull, maintenance, migrating, overloaded

    public var word: StaticString {
        switch self {
        case .badRequest: "bad-request"
        case .requestTimeout: "request-timeout"
        case .tooLarge: "too-large"
        case .notSupported: "not-supported"
        case .noService: "no-service"
        case .upstreamRefused: "upstream-refused"
        case .upstreamReset: "upstream-reset"
        case .upstreamInvalid, .upstreamInsecure: "upstream-invalid"
        case .upstreamTimeout: "upstream-timeout"
        case .heldTooLong: "held-too-long"
        case .queueFull: "queue-full"
        case .maintenance: "maintenance"
        case .migrating: "migrating"
        case .overloaded: "overloaded"
        }
    }

    /// The status that goes with it where nothing more exact is known (a `Refusal` has its own).
    public var status: Status {
        switch self {
        case .badRequest: .badRequest
        case .requestTimeout: .requestTimeout
        case .tooLarge: .contentTooLarge
        case .notSupported: .notImplemented
        case .noService: .notFound
        case .upstreamRefused, .upstreamReset, .upstreamInvalid, .upstreamInsecure: .badGateway
        case .upstreamTimeout: .gatewayTimeout
        case .heldTooLong, .queueFull, .maintenance, .migrating, .overloaded: .unavailable
        }
    }

    /// One sentence for whoever sees the answer.
    public var sentence: StaticString {
        switch self {
        case .badRequest: "The request is not valid HTTP."
        case .requestTimeout: "The request did not arrive in time."
        case .tooLarge: "The request is larger than is allowed here."
        case .notSupported: "The request asks for something that is not supported here."
        case .noService: "No service answers for this host and path."
        case .upstreamRefused: "The service could not be reached."
        case .upstreamReset: "The service closed the connection before it answered."
        case .upstreamInvalid: "The service gave an answer that is not valid HTTP."
        case .upstreamInsecure:
            "The service's certificate is not accepted here, or it speaks no TLS."
        case .upstreamTimeout: "The service did not answer in time."
        case .heldTooLong: "The service is being switched; the request waited too long."
        case .queueFull: "The service is being switched; too many requests wait already."
        case .maintenance: "The service is under maintenance."
        case .migrating: "The service's database is being migrated."
        case .overloaded: "There are more requests than can be served now."
        }
    }
}

/// What was wrong with a message, and the answer that it gets.
///
/// Thrown by parsers and readers as a value; after a refusal nothing more of the connection's
/// octets is looked at, and it is closed after the answer.
public struct Refusal: Error, BitwiseCopyable, Sendable {
    public let reason: Reason
    public let status: Status
    /// What was found, in a few words, with nothing of the peer's octets.
    public let detail: StaticString

    public init(_ reason: Reason, _ status: Status, _ detail: StaticString) {
        self.reason = reason
        self.status = status
        self.detail = detail
    }

    public static func badRequest(_ detail: StaticString) -> Refusal {
        Refusal(.badRequest, .badRequest, detail)
    }

    public static func upstreamInvalid(_ detail: StaticString) -> Refusal {
        Refusal(.upstreamInvalid, .badGateway, detail)
    }
}
