internal import Board
internal import Control
internal import Journal
internal import SharedDatabase

/// What has changed since the schema that a color was made for: the one that it last served with,
/// or that was recorded with the migrations that it states.
enum SchemaDifference: Sendable {
    /// Nothing: the same schema is always compatible.
    case none
    /// The same schema in a file that differs as a whole: compatible all the same, and told.
    case alike([Change])
    /// The worst first.
    case changes([Change])
    /// It cannot be told; the reason is a sentence.
    case unknown(String)

    /// So many are told one by one; the rest is counted.
    static let findingsMax = 100

    /// One finding, fresh or out of a certificate.
    struct Change: Hashable, Sendable {
        let id: String
        let verdict: SchemaFinding.Verdict
        let sentence: String
        let remedy: String

        init(_ finding: SchemaFinding) {
            id = finding.id
            verdict = finding.verdict
            sentence = finding.sentence
            remedy = finding.remedy
        }

        /// nil for a verdict that this version does not know.
        init?(_ finding: JournalRecord.Certificate.Finding) {
            guard let verdict = SchemaFinding.Verdict(rawValue: finding.verdict) else {
                return nil
            }
            id = finding.id
            self.verdict = verdict
            sentence = finding.sentence
            remedy = ""
        }
    }

    private var all: [Change] {
        switch self {
        case .changes(let changes), .alike(let changes): changes
        case .none, .unknown: []
        }
    }

    /// Those that a switch may stop at.
    private var counting: [Change] {
        if case .alike = self { [] } else { all }
    }

    /// Those that stop a switch by themselves.
    var breaking: [Change] { counting.filter { $0.verdict == .breaks } }

    /// Those that an operator may accept.
    var doubtful: [Change] { counting.filter { $0.verdict == .warn } }

    var identifiers: Set<String> { Set(all.map(\.id)) }

    var verdict: SchemaFinding.Verdict { all.map(\.verdict).max() ?? .safe }

    /// As part of a check. `accepts`: nil where nobody was asked.
    func findings(of color: Color, accepts: Set<String>?) -> [CheckFinding] {
        all.prefix(Self.findingsMax).map { change in
            CheckFinding(
                color: color, id: change.id, verdict: change.verdict.rawValue,
                message: change.sentence, remedy: change.remedy.isEmpty ? nil : change.remedy,
                accepted: doubtful.contains(change) ? accepts?.contains(change.id) : nil)
        }
    }

    /// `2 changes since the schema that green was made for: column-dropped:t.a (break),
    /// table-added:u (safe)`.
    func sentence(of color: Color) -> String {
        switch self {
        case .none: return "unchanged since \(Self.base(color))"
        case .alike(let changes):
            return "unchanged since \(Self.base(color)); of the file as a whole: "
                + Self.list(changes)
        case .unknown(let reason): return reason
        case .changes(let changes):
            guard !changes.isEmpty else {
                return "nothing that counts has changed since \(Self.base(color))"
            }
            let count = changes.count == 1 ? "1 change" : "\(changes.count) changes"
            return "\(count) since \(Self.base(color)): \(Self.list(changes))"
        }
    }

    /// True of a color that has never served too.
    private static func base(_ color: Color) -> String {
        "the schema that \(color.name) was made for"
    }

    /// So many names stand in a sentence.
    private static let namesMax = 4

    static func list(_ changes: [Change]) -> String {
        let names = changes.prefix(namesMax).map { "\($0.id) (\($0.verdict.rawValue))" }
        let rest = changes.count - names.count
        return names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
