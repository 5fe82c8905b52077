/// A status code, 100 to 599 (RFC 9110 section 15).
public struct Status: RawRepresentable, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let `continue` = Status(rawValue: 100)
    public static let switchingProtocols = Status(rawValue: 101)
    public static let ok = Status(rawValue: 200)
    public static let noContent = Status(rawValue: 204)
    public static let permanentRedirect = Status(rawValue: 308)
    public static let notModified = Status(rawValue: 304)
    public static let badRequest = Status(rawValue: 400)
    public static let notFound = Status(rawValue: 404)
    public static let requestTimeout = Status(rawValue: 408)
    public static let contentTooLarge = Status(rawValue: 413)
    public static let targetTooLong = Status(rawValue: 414)
    public static let expectationFailed = Status(rawValue: 417)
    public static let misdirectedRequest = Status(rawValue: 421)
    public static let headTooLarge = Status(rawValue: 431)
    public static let notImplemented = Status(rawValue: 501)
    public static let badGateway = Status(rawValue: 502)
    public static let unavailable = Status(rawValue: 503)
    public static let gatewayTimeout = Status(rawValue: 504)

    /// 1xx: another answer follows (101 ends HTTP instead).
    @inlinable public var isInterim: Bool { rawValue < 200 }
    @inlinable public var isServerError: Bool { rawValue >= 500 }
    /// No content whatever the fields say (RFC 9112 section 6.3, rule 1).
    @inlinable public var hasNoContent: Bool {
        rawValue < 200 || rawValue == 204 || rawValue == 304
    }

    /// The usual words for the codes that Bascule makes itself; empty for others, which are sent
    /// with their code alone.
    public var phrase: StaticString {
        switch rawValue {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 204: "No Content"
        case 304: "Not Modified"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: ""
        }
    }
}
