/// The gate's decision, from what was read and what was stated, and from nothing else.
enum GateJudge {
    /// `path` stands in the commands of hints only.
    static func judge(
        _ facts: DatabaseFacts, stated: MigrationStatement, path: String
    ) -> GateJudgement {
        let words = GateWords(facts: facts, stated: stated, path: path)
        if !facts.dirty.isEmpty { return words.dirty() }
        guard facts.tool != nil else {
            return facts.tableCount == 0 ? words.fresh() : words.unmanaged()
        }
        if facts.appliedCount == 0 {
            return facts.tableCount == 0 ? words.fresh() : words.unbaselined()
        }
        switch stated {
        case .notAsked:
            return GateJudgement(
                .match, saw: words.saw, expected: "the target is not asked (no database.expect)")
        case .nothing(let reason):
            return words.unstated(reason)
        case .latest(let id):
            return compare(applied: facts.applied, latest: id, words)
        case .known(let ids):
            return compare(applied: facts.applied, known: ids, words)
        }
    }

    /// Sets, never only the newest: the newest alone hides what is out of order or diverged.
    private static func compare(
        applied: [String], known: [String], _ words: GateWords
    ) -> GateJudgement {
        guard !known.isEmpty else { return words.unstated("its list of migrations is empty") }
        let appliedSet = Set(applied.map(\.asciiLowercased))
        let knownSet = Set(known.map(\.asciiLowercased))
        let missing = known.filter { !appliedSet.contains($0.asciiLowercased) }
        let extra = applied.filter { !knownSet.contains($0.asciiLowercased) }
        switch (missing.isEmpty, extra.isEmpty) {
        case (true, true):
            return words.match()
        case (false, false):
            return words.diverged(missing: missing, extra: extra)
        case (false, true):
            let newest = newestOf(applied)
            let late = missing.filter { isOlder($0, than: newest) }
            return late.isEmpty ? words.behind(missing) : words.outOfOrder(late, newest: newest)
        case (true, false):
            let newest = newestOf(known)
            // One in the middle was never in the target's history: another branch.
            let foreign = extra.filter { isOlder($0, than: newest) }
            return foreign.isEmpty
                ? words.ahead(extra) : words.diverged(missing: [], extra: foreign)
        }
    }

    private static func compare(
        applied: [String], latest: String, _ words: GateWords
    ) -> GateJudgement {
        let newest = newestOf(applied)
        if newest.asciiLowercased == latest.asciiLowercased { return words.match() }
        if applied.contains(where: { $0.asciiLowercased == latest.asciiLowercased }) {
            return words.ahead(applied.filter { isOlder(latest, than: $0) })
        }
        if isOlder(newest, than: latest) { return words.behind([latest]) }
        return words.diverged(missing: [latest], extra: [newest])
    }

    /// By octets, as EF Core orders its names, letter case aside.
    static func isOlder(_ left: String, than right: String) -> Bool {
        left.asciiLowercased.utf8.lexicographicallyPrecedes(right.asciiLowercased.utf8)
    }

    private static func newestOf(_ ids: [String]) -> String {
        ids.max { isOlder($0, than: $1) } ?? ""
    }
}
