/// What is said of a migration that runs, or was cut.
extension GateWords {
    func dirty(_ writers: LockHolders) -> GateJudgement {
        var seen = facts.dirty.map(Self.describe)
        if request.isMigrating { seen.append("the target says that it is migrating") }
        let who = writers.areNone ? "no process holds" : "\(writers) holds"
        return GateJudgement(
            .dirty, saw: seen.joined(separator: "; ") + "; \(who) the write lock now",
            expected: "no migration running, and none left half done", hint: dirtyHint)
    }

    private var dirtyHint: String {
        let file = "'" + path.replacing("'", with: "'\\''") + "'"
        let kinds = Set(facts.dirty.map(\.kind))
        if kinds.contains(.rebuildTable) {
            return "when no color is starting, a rebuild was cut: compare the table with its "
                + "original (sqlite3 \(file) .schema), keep the complete one, drop the other"
        }
        if let repair = tool?.commands.repair, !kinds.isEmpty {
            return "wait for the migration that runs; when none does, look at the log of what "
                + "failed, mend the schema, then clear the mark: `\(repair)`"
        }
        let wait = "wait for the migration that runs; then run this command again"
        guard let lock = facts.dirty.first(where: { $0.kind == .lockRow }) else { return wait }
        if lock.name.asciiLowercased == UnlockJob.table.asciiLowercased {
            return "wait for the migration that runs; when no color is starting and the lock is "
                + "older than ten minutes, clear what a killed one left: bascule db unlock"
        }
        return "wait for the migration that runs; when no color is starting, clear what is left: "
            + "sqlite3 \(file) 'DELETE FROM \"\(lock.name)\"'"
    }

    static func describe(_ marker: DirtyMarker) -> String {
        let age =
            switch marker.ageSeconds {
            case nil: ", which does not say when it was set"
            case let age? where age < 0: ", set \(-age) s from now"
            case let age?: ", set \(age) s ago"
            }
        switch marker.kind {
        case .lockRow: return "a row in \(marker.name)\(age)"
        case .rebuildTable: return "a table \(marker.name) of a rebuild that has not ended"
        case .failed: return "a failed migration: \(marker.name)\(age)"
        case .unfinished: return "a migration that has not ended: \(marker.name)\(age)"
        }
    }
}
