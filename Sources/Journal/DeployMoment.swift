public import Control

/// What a deploy was at the moment before its command: all that is needed to go back to it.
public struct DeployMoment: Codable, Hashable, Sendable {
    public let hold: DeployHold
    /// The verified copy of the drained moment, by its name in `backup.directory`; nil where none
    /// could be made, or nothing was held.
    public let snapshot: String?
    /// Of the schema; nil without a SQLite database.
    public let fingerprint: String?
    /// The applied migrations, as a digest of their set.
    public let applied: String?
    /// Which command was to run, for a person.
    public let command: String
    /// Its process, once that is known.
    public var process: Int32?
    /// Ticks of the clock from the boot to the start of that process: the number alone may be
    /// another's by now.
    public var started: UInt64?

    public init(
        hold: DeployHold, snapshot: String?, fingerprint: String?, applied: String?,
        command: String, process: Int32? = nil
    ) {
        self.hold = hold
        self.snapshot = snapshot
        self.fingerprint = fingerprint
        self.applied = applied
        self.command = command
        self.process = process
    }
}
