/// Which methods an address knows: whoever asks with another one is told (RFC 9110 section 15.5.6).
enum APIMethods: String {
    case reading = "GET, HEAD"
    case operating = "POST"

    /// nil where there is no such address.
    init?(_ path: [String]) {
        switch path.first {
        case "" where path.count == 1, "metrics" where path.count == 1,
            "healthz" where path.count == 1:
            self = .reading
        case "v1": self.init(version1: Array(path.dropFirst()))
        case _: return nil
        }
    }

    private init?(version1 path: [String]) {
        switch (path.first, path.count) {
        case ("status", 1), ("config", 1), ("events", 1), ("history", 1), ("operations", 2),
            ("services", 2):
            self = .reading
        case ("stop", 1), ("reload", 1), ("upgrade", 1): self = .operating
        case ("operations", 3) where path[2] == "lease": self = .operating
        case ("services", 3):
            switch path[2] {
            case "requests", "database": self = .reading
            case "check", "switch", "rollback", "deploy", "hold", "release", "maintenance":
                self = .operating
            case _: return nil
            }
        case ("services", 4) where path[2] == "database":
            switch path[3] {
            case "backups": self = .reading
            case "backup", "verify", "restore", "drill", "lint", "prune", "optimize", "unlock",
                "rehearse":
                self = .operating
            case _: return nil
            }
        case _: return nil
        }
    }
}
