/// One operation's work for the role `database`, as the controller sends it: one JSON message on
/// the job channel (`DatabaseMessages`).
///
/// It names no file and no user: the role takes both from the accepted configuration, so that a
/// controller that was taken over cannot point it elsewhere.
public enum DatabaseRequest: Codable, Hashable, Sendable {
    /// Compares the migrations of the database with what a color's targets state.
    case gate(request: GateRequest)
    /// A job with progress, on a channel of its own.
    case work(DatabaseWork)
}

/// What the targets of a color say about the migrations that they know.
public enum MigrationStatement: Codable, Hashable, Sendable {
    /// The service has no `database.expect`: the gate looks at the database alone.
    case notAsked
    /// They were asked, and said nothing of use; the reason is shown to the operator.
    case nothing(reason: String)
    /// Only the newest migration is known, so that only the newest is compared.
    case latest(id: String)
    /// Every migration that the target knows, oldest first.
    case known(ids: [String])
}

/// The answer to a `DatabaseRequest`: one JSON message with the request's number.
public enum DatabaseAnswer: Codable, Hashable, Sendable {
    case gate(answer: GateAnswer)
    /// The work could not be tried at all; nothing was read.
    case failed(reason: String)
}
