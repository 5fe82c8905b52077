/// The API's addresses, so that both ends spell them alike.
public enum Route {
    public static let status = "/v1/status"
    public static let history = "/v1/history"
    public static let events = "/v1/events"
    public static let configuration = "/v1/config"
    public static let reload = "/v1/reload"
    public static let upgrade = "/v1/upgrade"
    public static let stop = "/v1/stop"

    public static func service(_ name: String) -> String { "/v1/services/\(name)" }

    /// `verb`: check, switch, rollback, hold, release, requests.
    public static func service(_ name: String, _ verb: String) -> String {
        "/v1/services/\(name)/\(verb)"
    }

    public static func operation(_ id: String) -> String { "/v1/operations/\(id)" }

    /// `LeaseBody` in, `LeaseAnswer` out: who runs the command of a deploy says that he is there.
    public static func lease(_ id: String) -> String { "/v1/operations/\(id)/lease" }
}

/// Content types of the API.
public enum MediaType {
    public static let json = "application/json"
    public static let events = "application/x-ndjson"
    /// One line of JSON, a `RestoreBody`, then the octets of a backup.
    public static let backup = "application/vnd.bascule.backup"
    public static let problem = "application/problem+json"
}
