/// An error answer: `application/problem+json` (RFC 9457).
public struct Problem: Error, Codable, Hashable, Sendable {
    /// What kind of error it is; programs look at this, never at the text.
    public enum Reason: String, Codable, CaseIterable, Hashable, Sendable {
        /// A body or a query that cannot be read, or asks for something impossible.
        case badRequest = "bad-request"
        case unknownService = "unknown-service"
        case unknownColor = "unknown-color"
        case unknownOperation = "unknown-operation"
        /// No such resource.
        case notFound = "not-found"
        /// The resource is there, for other methods.
        case methodNotAllowed = "method-not-allowed"
        /// A body of more octets than the resource takes.
        case tooLarge = "too-large"
        /// A request's line and fields of more octets than are read.
        case fieldsTooLarge = "fields-too-large"
        /// What HTTP knows and this server does not.
        case notSupported = "not-supported"
        case versionNotSupported = "version-not-supported"
        case notPermitted = "not-permitted"
        /// Another operation holds the service: `operation` says which.
        case busy
        /// A state forbids it.
        case refused
        /// The new configuration is not valid.
        case configuration
        /// This version does not do it yet.
        case notServed = "not-served"
        /// The controller is starting or ending.
        case unavailable
        case failed

        /// The HTTP status that goes with it (RFC 9110 section 15).
        public var status: Int {
            switch self {
            case .badRequest: 400
            case .notPermitted: 403
            case .unknownService, .unknownColor, .unknownOperation, .notFound: 404
            case .methodNotAllowed: 405
            case .tooLarge: 413
            case .fieldsTooLarge: 431
            case .busy, .refused: 409
            case .configuration: 422
            case .notServed, .notSupported: 501
            case .versionNotSupported: 505
            case .unavailable: 503
            case .failed: 500
            }
        }

        public var title: String {
            switch self {
            case .badRequest: "Bad request"
            case .unknownService: "Unknown service"
            case .unknownColor: "Unknown color"
            case .unknownOperation: "Unknown operation"
            case .notFound: "Not found"
            case .methodNotAllowed: "Method not allowed"
            case .tooLarge: "Content too large"
            case .fieldsTooLarge: "Request header fields too large"
            case .notSupported: "Not implemented"
            case .versionNotSupported: "HTTP version not supported"
            case .notPermitted: "Not permitted"
            case .busy: "Busy"
            case .refused: "Refused"
            case .configuration: "Invalid configuration"
            case .notServed: "Not served by this version"
            case .unavailable: "Unavailable"
            case .failed: "Failed"
            }
        }

        var outcome: Outcome? {
            switch self {
            case .busy: .busy
            case .refused, .notServed: .refused
            case .badRequest, .unknownService, .unknownColor, .unknownOperation, .notFound,
                .methodNotAllowed, .tooLarge, .fieldsTooLarge, .notSupported,
                .versionNotSupported, .notPermitted, .configuration, .unavailable, .failed:
                nil
            }
        }

        public var exit: Exit {
            switch self {
            case .badRequest, .unknownService, .unknownColor, .unknownOperation, .notFound,
                .methodNotAllowed, .tooLarge, .fieldsTooLarge, .notSupported,
                .versionNotSupported:
                .usage
            case .notPermitted: .notPermitted
            case .busy: .busy
            case .refused, .notServed: .refused
            case .configuration: .configuration
            case .unavailable: .unavailable
            case .failed: .failed
            }
        }
    }

    /// Always `about:blank`: `reason` tells them apart (RFC 9457 section 4.2.1).
    public var type = "about:blank"
    public var title: String
    public var status: Int
    /// What was found and what was expected, for a person.
    public var detail: String
    public var reason: Reason
    /// What to do about it.
    public var hint: String?
    /// With `busy`: who, which step, since when.
    public var operation: OperationStatus?
    /// The word that an operation's last event would have: nothing was begun.
    public var outcome: Outcome?

    public init(
        _ reason: Reason, _ detail: String, hint: String? = nil, operation: OperationStatus? = nil
    ) {
        title = reason.title
        status = reason.status
        self.detail = detail
        self.reason = reason
        self.hint = hint
        self.operation = operation
        outcome = reason.outcome
    }
}
