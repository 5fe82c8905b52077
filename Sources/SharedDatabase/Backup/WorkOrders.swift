public import Control

/// What a backup is made for.
public struct BackupOrder: Codable, Hashable, Sendable {
    public var service: String
    public var reason: BackupReason
    public var operation: String?
    public var keep: Int
    /// Operations whose backups stay.
    public var protected: [String]

    public init(
        service: String, reason: BackupReason, operation: String?, keep: Int, protected: [String]
    ) {
        self.service = service
        self.reason = reason
        self.operation = operation
        self.keep = keep
        self.protected = protected
    }
}

public struct RestoreOrder: Codable, Hashable, Sendable {
    /// Which migrations a backup may hold that is not named.
    public enum Fit: Codable, Hashable, Sendable {
        /// All of them among these.
        case known(ids: [String])
        /// This one as the newest.
        case latest(id: String)
        /// Nobody knows: only the preferred snapshot fits.
        case unknown
    }

    /// A name in `backup.directory`; nil: the newest verified one that fits.
    public var file: String?
    /// The folder of one that was sent; `file` is what its sender calls it then, and no name.
    public var sent: String?
    public var fit: Fit
    /// An operation whose snapshot of the drained moment is preferred.
    public var preferred: String?
    /// The operator takes a missing or wrong manifest upon himself.
    public var isUnchecked: Bool
    /// How long a writer that has the lock is waited for.
    public var lockMilliseconds: Int
    /// Of the safety copy.
    public var safety: BackupOrder

    public static let lockMillisecondsMax = 30_000

    public init(
        file: String?, sent: String? = nil, fit: Fit, preferred: String?, isUnchecked: Bool,
        lockMilliseconds: Int = lockMillisecondsMax, safety: BackupOrder
    ) {
        self.lockMilliseconds = min(max(0, lockMilliseconds), Self.lockMillisecondsMax)
        self.file = file
        self.sent = sent
        self.fit = fit
        self.preferred = preferred
        self.isUnchecked = isUnchecked
        self.safety = safety
    }
}

/// A backup that is about to be sent.
public struct ReceiveOrder: Codable, Hashable, Sendable {
    /// As its sender calls it: for messages only.
    public var file: String
    public var bytes: Int
    /// What stood beside it; nil where nothing did.
    public var manifest: String?
    /// The operator takes a missing manifest upon himself.
    public var isUnchecked: Bool

    public init(file: String, bytes: Int, manifest: String?, isUnchecked: Bool) {
        self.file = file
        self.bytes = bytes
        self.manifest = manifest
        self.isUnchecked = isUnchecked
    }
}

/// What a restore would do, before anything is done.
public struct RestorePreview: Codable, Hashable, Sendable {
    public var file: String
    /// Tables that differ, those with the largest losses first.
    public var losses: [TableLoss]
    /// Every row was compared: without losses both hold the same. Very large tables are only
    /// counted, and of a damaged database what can be read.
    public var isExact: Bool
    /// Why the live database cannot be read, so that nobody can say what would be lost; nil where
    /// it can.
    public var unreadable: String?
    /// Of the backup: what the live database will be.
    public var facts: DatabaseFacts
    public var created: Timestamp?
    /// The file is replaced, and no application runs.
    public var isOffline: Bool
}
