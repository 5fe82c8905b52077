/// Names for sets of migrations, so that what was recorded of a set is found again.
///
/// Letter case and order do not count, as the gate compares them.
extension MigrationStatement {
    /// The name of what the target knows; nil where it states nothing.
    public var key: String? {
        switch self {
        case .notAsked, .nothing: nil
        case .latest(let id): Self.key(latest: id)
        case .known(let ids): Self.key(set: ids)
        }
    }

    /// The name of exactly these migrations.
    public static func key(set ids: [String]) -> String {
        let names = Set(ids.map(\.asciiLowercased)).sorted()
        return "set:" + Schema.digest(names.joined(separator: "\n"))
    }

    /// The name of whatever ends with this one.
    public static func key(latest id: String) -> String { "latest:" + id.asciiLowercased }
}

extension DatabaseFacts {
    /// The names of the migrations that are applied; none where no tool keeps a history, where a
    /// migration has not ended, or where the list is not whole.
    public var keys: [String] {
        guard tool != nil, dirty.isEmpty, let latest, applied.count == appliedCount else {
            return []
        }
        return [MigrationStatement.key(set: applied), MigrationStatement.key(latest: latest)]
    }

    /// Nothing was ever stored here.
    public var isFresh: Bool { tableCount == 0 && appliedCount == 0 }
}
