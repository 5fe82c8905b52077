public import Board

/// The checks of a switch, by the names that `--override` takes.
public enum CheckName: String, Word {
    /// Every target of the color passes its probes.
    case health
    /// The gate: the migrations that the color expects are those of the database.
    case migrations
    /// The schema's changes since the color last served.
    case schema
    /// The file itself: `locked`, `split`, `corrupt`.
    case database
    /// Room for a backup and for the journal.
    case disk
    /// A backup can be made, or was.
    case backup
    /// What is decided can be written down.
    case journal
    /// Nobody else has written since the drained moment; warns only.
    case writers

    /// Whether `--override` may name it whatever it found. `split` and `corrupt` of `database`
    /// cannot be overridden either: see `Check.isOverridable`.
    public var isOverridable: Bool {
        switch self {
        case .health, .migrations, .schema, .database, .disk, .backup, .writers: true
        case .journal: false
        }
    }
}

public enum CheckState: String, Codable, CaseIterable, Hashable, Sendable {
    case passed
    case refused
    /// Doubtful, but no reason to stop.
    case warned
    /// Not asked: nothing is configured for it, or an override took it out.
    case skipped
}

/// What one check saw.
public struct Check: Codable, Hashable, Sendable {
    public var name: CheckName
    public var state: CheckState
    /// The check's own word, where it has several: `database-behind`, `split`.
    public var verdict: String?
    public var saw: String?
    public var expected: String?
    /// What to do about it; nil where nothing is to be done.
    public var hint: String?
    /// Of `schema`: the changes one by one, the worst first; nil where there are none.
    public var findings: [CheckFinding]?

    public init(
        name: CheckName, state: CheckState, verdict: String? = nil, saw: String? = nil,
        expected: String? = nil, hint: String? = nil, findings: [CheckFinding]? = nil
    ) {
        self.name = name
        self.state = state
        self.verdict = verdict
        self.saw = saw
        self.expected = expected
        self.hint = hint
        self.findings = findings
    }

    /// Whether `--override` may let the operation pass this finding.
    public var isOverridable: Bool {
        name.isOverridable && verdict != "split" && verdict != "corrupt"
    }
}

/// The answer to `check`.
public struct CheckAnswer: Codable, Hashable, Sendable {
    public var service: String
    public var to: Color
    /// No check refuses.
    public var passed: Bool
    public var checks: [Check]
    /// Of the moment after such a switch.
    public var rollback: RollbackAdvice

    public init(
        service: String, to: Color, passed: Bool, checks: [Check], rollback: RollbackAdvice
    ) {
        self.service = service
        self.to = to
        self.passed = passed
        self.checks = checks
        self.rollback = rollback
    }
}

/// Whether there is a way back, where to, and why or why not.
public struct RollbackAdvice: Codable, Hashable, Sendable {
    public var possible: Bool
    /// nil where there is no other color.
    public var to: Color?
    public var reason: String
    /// Findings of `schema` that `rollback` has to be told to accept; nil where there are none.
    public var accept: [String]?

    public init(possible: Bool, to: Color?, reason: String, accept: [String]? = nil) {
        self.possible = possible
        self.to = to
        self.reason = reason
        self.accept = accept
    }
}
