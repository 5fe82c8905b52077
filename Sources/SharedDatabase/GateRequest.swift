/// What the gate is asked: what the targets say, and what the configuration wants.
public struct GateRequest: Codable, Hashable, Sendable {
    public var stated: MigrationStatement
    /// Where targets state it, as `database.expect` says; nil where that is not known.
    public var source: StatementSource?
    /// The tool that `database.migrations` names; nil: found by itself.
    public var tool: String?
    /// What the targets say that they have still to apply.
    public var pending: [String] = []
    /// A target says that it is migrating now.
    public var isMigrating = false
    /// Files that must be the one that is read.
    public var files: [StatedFile] = []
    /// Whether to look for processes that hold a file of this name that is gone from its folder:
    /// tens of milliseconds on a machine with many processes, so not inside a hold.
    public var looksForLostFiles = false
    /// Longest that a lock of somebody else is waited for, all tries together. Whoever decides by
    /// the answer is patient; a look in passing keeps the next one waiting.
    public var waitMilliseconds = Self.patientMilliseconds

    public static let patientMilliseconds = 4_000
    public static let passingMilliseconds = 1_000

    public init(stated: MigrationStatement, tool: String? = nil) {
        self.stated = stated
        self.tool = tool
    }
}

/// A file as somebody names it by its numbers.
public struct StatedFile: Codable, Hashable, Sendable {
    /// For a person: `green at 127.0.0.1:5002`.
    public let who: String
    /// nil where only the inode is said.
    public let device: UInt64?
    public let inode: UInt64

    public init(who: String, device: UInt64?, inode: UInt64) {
        self.who = who
        self.device = device
        self.inode = inode
    }

    func isFile(_ file: FileIdentity) -> Bool {
        inode == file.inode && (device ?? file.device) == file.device
    }
}

/// Where a target's migrations are read.
public enum StatementSource: Codable, Hashable, Sendable {
    case healthField(String)
    case header(String)
    case file(String)
    /// Its program alone: arguments may hold a secret.
    case command(String)
}
