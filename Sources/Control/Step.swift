/// The steps of a switchover, in the order in which `handover` takes them.
public enum Step: String, Codable, CaseIterable, Hashable, Sendable {
    /// One operation a service at a time.
    case lock
    /// The named checks; any refusal ends the operation here.
    case preflight
    /// A verified copy of the database, before the hold.
    case backup
    /// The new version runs once against a copy of the database.
    case rehearse
    /// One atomic change: from here no request starts, requests wait.
    case hold
    /// Until no request is in flight on the old color.
    case drain
    /// The drained moment is copied, verified, before anything may migrate.
    case snapshot
    /// The operator's command runs.
    case command
    /// Until the new version is healthy and its migrations are those of the database.
    case start
    /// After a failure: until nothing writes any more, and it is known what has become of the
    /// database.
    case settle
    /// Health and gate once more, now that nothing writes through the door.
    case verify
    /// The journal is synced, then one atomic change.
    case `switch`
    /// What waited is let through, in arrival order.
    case release
    /// The live database becomes what a backup holds.
    case restore
    /// The new color is compared with the old one for a while.
    case watch
    /// The newest backup is put to the test.
    case drill
    /// SQLite looks at the tables anew.
    case optimize
    /// A left-over lock of a migration is cleared.
    case unlock
}

public enum StepState: String, Codable, CaseIterable, Hashable, Sendable {
    case started
    /// The step goes on; `message` and `details` say how far.
    case progress
    case passed
    case failed
}

/// What kind of operation it is, as the journal names it.
public enum OperationKind: String, Codable, CaseIterable, Hashable, Sendable {
    case `switch`
    case rollback
    /// A switch around the start of a version that migrates by itself.
    case deploy
    /// By hand: no operation that holds the lock, but it stands in the journal.
    case hold
    case release
    /// Of the shared database; from and to are the color that serves.
    case backup
    case verify
    case restore
    case drill
    case optimize
    case unlock
    case rehearse
    case maintenance
}
