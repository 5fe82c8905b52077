import Bytes

/// Which trailers pass: what an app may say about content after it, and nothing that decides how a
/// message is read, routed, cached or trusted.
///
/// A recipient that merges trailers into the head (some do, although RFC 9110 section 6.5.1 forbids
/// it for fields that do not allow it) must find nothing here that would have been refused or
/// replaced in a head.
extension HeaderRules {
    /// `name` is a token, `known` which field it means.
    public static func passesAsTrailer(_ name: RawSpan, known: FieldName) -> Bool {
        guard known == .other else { return false }
        for prefix in prefixes where name.byteCount >= prefix.utf8CodeUnitCount {
            let beginning = name.extracting(0..<prefix.utf8CodeUnitCount)
            if beginning.equalsIgnoringCase(prefix) { return false }
        }
        for refused in names where name.equalsIgnoringCase(refused) { return false }
        return true
    }

    private static let prefixes: [StaticString] = [
        "x-forwarded-", "x-bascule-", "x-real-", "access-control-", "if-", "sec-", "proxy-",
    ]

    /// Routing, request modifiers, authentication, control data and the form of content: what RFC
    /// 9110 section 6.5.1 counts up as unfit for trailers.
    private static let names: [StaticString] = [
        "age", "allow", "authorization", "cache-control", "content-disposition",
        "content-encoding", "content-language", "content-location", "content-range",
        "content-security-policy", "cookie", "etag", "expires", "last-modified", "location",
        "origin", "pragma", "range", "referer", "refresh", "retry-after", "set-cookie",
        "strict-transport-security", "user-agent", "vary", "warning", "www-authenticate",
    ]
}
