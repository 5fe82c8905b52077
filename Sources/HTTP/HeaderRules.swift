/// Which fields pass: the one place that says so.
public enum HeaderRules {
    /// What becomes of one field of a request or an answer.
    public enum Fate: UInt8, BitwiseCopyable, Sendable {
        case passes
        /// Belongs to one connection, or is made anew by the writer.
        case dropped
        /// Passes from a trusted peer; from others it is dropped, because Bascule vouches for it.
        case passesIfTrusted
        /// Announces trailers: passes where they do (RFC 9110 section 6.6.2).
        case passesWithTrailers
    }

    /// For a request on its way to the app. What `Connection` names is marked in the field.
    public static func fateInRequest(_ name: FieldName) -> Fate {
        switch name {
        case .other, .accept, .contentType, .date, .server, .xBasculeReason, .xBasculeColor:
            .passes
        // Where it counts (OPTIONS, TRACE) the writer counts it down.
        case .maxForwards:
            .passes
        // Written anew: one framing field, Host first, our own words at the end.
        case .host, .contentLength, .transferEncoding, .via, .xRequestID, .xRequestStart,
            .xForwardedFor:
            .dropped
        // Hop by hop (RFC 9110 section 7.6.1); Upgrade and Expect return where they are agreed.
        case .connection, .keepAlive, .proxyConnection, .te, .upgrade, .http2Settings, .expect:
            .dropped
        case .trailer:
            .passesWithTrailers
        case .forwarded, .xForwardedProto, .xForwardedHost, .xForwardedPort, .xForwardedPrefix,
            .xRealIP:
            .passesIfTrusted
        }
    }

    /// For an answer on its way to the client.
    public static func fateInAnswer(_ name: FieldName) -> Fate {
        switch name {
        case .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection, .te,
            .upgrade, .http2Settings:
            .dropped
        case .trailer:
            .passesWithTrailers
        // Only Bascule says these.
        case .xBasculeReason, .xBasculeColor:
            .dropped
        case .other, .host, .expect, .maxForwards, .accept, .contentType, .date, .server, .via,
            .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort,
            .xForwardedPrefix, .xRealIP, .xRequestID, .xRequestStart:
            .passes
        }
    }

    /// Whether a name that has an underscore where this one has a hyphen is never passed on: CGI
    /// and WSGI apps cannot tell the two apart.
    public static func dropsTwin(of name: FieldName) -> Bool {
        switch name {
        case .contentLength, .transferEncoding, .forwarded, .xForwardedFor, .xForwardedProto,
            .xForwardedHost, .xForwardedPort, .xForwardedPrefix, .xRealIP, .xRequestID,
            .xRequestStart:
            true
        case .other, .host, .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade,
            .http2Settings, .expect, .maxForwards, .accept, .contentType, .date, .server, .via,
            .xBasculeReason, .xBasculeColor:
            false
        }
    }
}
