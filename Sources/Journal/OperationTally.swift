public import Control

/// How many switches and rollbacks of a service have ended how, and how many requests they lost.
public struct OperationTally: Codable, Hashable, Sendable {
    /// By an outcome's word, so that a word of a newer version is no fault.
    public private(set) var outcomes: [String: Int]
    public private(set) var lost: Int

    public init() {
        outcomes = [:]
        lost = 0
    }

    public mutating func add(_ outcome: Outcome, lost: Int) {
        outcomes[outcome.rawValue, default: 0] += 1
        self.lost += lost
    }

    /// Whether an operation is among those that are counted: what is done by hand and to the
    /// database is not.
    public static func counts(_ kind: OperationKind) -> Bool {
        switch kind {
        case .switch, .rollback, .deploy, .restore: true
        case .hold, .release, .backup, .verify, .maintenance, .drill, .optimize, .unlock,
            .rehearse:
            false
        }
    }
}

extension JournalRecord.Entry {
    var tally: OperationTally? {
        if case .tally(let tally) = self { tally } else { nil }
    }
}
