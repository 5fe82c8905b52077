/// What is applied against what a target knows: sets, and never only the newest, which hides what
/// is out of order and what belongs to another branch.
enum HistoryComparison: Equatable {
    case match
    /// The target would still apply these.
    case behind([String])
    /// Not applied, although one that is newer is.
    case outOfOrder([String], newest: String)
    /// Applied, newer than everything the target knows.
    case ahead([String])
    case diverged(missing: [String], extra: [String])

    /// `known`: everything that the target knows, oldest first. `floor`: names up to this one need
    /// not be applied, as the tool began there. `pending`: what the target says that it has still
    /// to apply; of these it knows what is not applied, although its list may lack it.
    init(
        applied: [String], known: [String], pending: [String] = [], tool: HistoryTool,
        floor: String? = nil
    ) {
        let there = Set(applied.map(tool.identifier)).union(known.map(tool.identifier))
        let more = pending.filter { !there.contains(tool.identifier($0)) }
        let sides = Sides(applied: applied, known: known + more, tool: tool, floor: floor)
        switch (sides.missing.isEmpty, sides.extra.isEmpty) {
        case (true, true): self = .match
        case (false, false): self = sides.onBothSides
        case (false, true): self = sides.behind
        case (true, false): self = sides.ahead
        }
    }

    /// Where only the newest is stated, only the newest is compared. `pending`: what the target
    /// says that it has still to apply.
    init(applied: [String], latest: String, pending: [String], tool: HistoryTool) {
        let wanted = tool.identifier(latest)
        let identifiers = applied.map(tool.identifier)
        let isApplied = identifiers.contains(wanted)
        let waiting = pending.filter { !identifiers.contains(tool.identifier($0)) }
        // Of another group there is nothing to compare: the newest of the same counts.
        let mates = applied.filter { tool.identifier($0).group == wanted.group }
        let newer: [String]
        switch tool.order {
        case .names, .rowAndNames: newer = mates.filter { wanted < tool.identifier($0) }
        case .list:
            newer = isApplied ? Array(mates.drop { tool.identifier($0) != wanted }.dropFirst()) : []
        case .rowAndList: newer = isApplied ? [] : mates
        }
        switch (isApplied, newer.isEmpty) {
        case (true, true): self = waiting.isEmpty ? .match : .behind(waiting)
        case (true, false): self = .ahead(newer)
        case (false, true): self = .behind([latest])
        case (false, false):
            // What such a tool applied before its one row cannot be asked: it is taken as whole.
            let isWhole = if case .rowAndNames = tool.order { true } else { false }
            self =
                isWhole
                ? .ahead(newer) : .diverged(missing: [latest], extra: Array(newer.suffix(1)))
        }
    }
}

/// Both sides in full, for the comparison of sets.
private struct Sides {
    let missing: [String]
    let extra: [String]
    private let applied: [String]
    private let known: [String]
    private let tool: HistoryTool

    init(applied: [String], known stated: [String], tool: HistoryTool, floor: String?) {
        // One that is stated twice is one.
        var seen: Set<MigrationIdentifier> = []
        let known = stated.filter { seen.insert(tool.identifier($0)).inserted }
        let knownSet = Set(known.map(tool.identifier))
        self.applied = Self.implied(applied, known: known, tool)
        let appliedSet = Set(self.applied.map(tool.identifier))
        let start = floor.map(tool.identifier)
        missing = known.filter { name in
            let identifier = tool.identifier(name)
            if let start, !(start < identifier) { return false }
            return !appliedSet.contains(identifier)
        }
        extra = self.applied.filter {
            let identifier = tool.identifier($0)
            return identifier != start && !knownSet.contains(identifier)
        }
        self.known = known
        self.tool = tool
    }

    /// With what a tool that keeps only the newest says by it.
    private static func implied(
        _ applied: [String], known: [String], _ tool: HistoryTool
    ) -> [String] {
        let rows = Set(applied.map(tool.identifier))
        let before: [String]
        switch tool.order {
        case .names, .list:
            return applied
        case .rowAndNames:
            before = known.filter { name in rows.contains { tool.identifier(name) < $0 } }
        case .rowAndList:
            let last = known.lastIndex { rows.contains(tool.identifier($0)) }
            before = last.map { Array(known[..<$0]) } ?? []
        }
        return before.filter { !rows.contains(tool.identifier($0)) } + applied
    }

    var behind: HistoryComparison {
        let late: [String]
        switch tool.order {
        case .names, .rowAndNames:
            late = olderThanNewest(missing, of: applied)
        case .list, .rowAndList:
            let appliedSet = Set(applied.map(tool.identifier))
            let last = known.lastIndex { appliedSet.contains(tool.identifier($0)) } ?? 0
            let before = Set(known[..<last].map(tool.identifier))
            late = missing.filter { before.contains(tool.identifier($0)) }
        }
        return late.isEmpty ? .behind(missing) : .outOfOrder(late, newest: newest(beside: late))
    }

    var ahead: HistoryComparison {
        switch tool.order {
        case .list, .rowAndList:
            return .ahead(extra)
        case .names, .rowAndNames:
            // One in the middle was never in the target's history: another branch.
            let foreign = olderThanNewest(extra, of: known)
            return foreign.isEmpty ? .ahead(extra) : .diverged(missing: [], extra: foreign)
        }
    }

    /// A head that the target does not know hides what came before it: that the target's own
    /// migrations are not among them cannot be said, that it is older can.
    var onBothSides: HistoryComparison {
        switch tool.order {
        case .rowAndList where extra.count == applied.count: .ahead(extra)
        case .names, .list, .rowAndNames, .rowAndList: .diverged(missing: missing, extra: extra)
        }
    }

    /// Those that are older than the newest of their own group on the other side.
    private func olderThanNewest(_ names: [String], of other: [String]) -> [String] {
        let newest = Dictionary(grouping: other.map(tool.identifier), by: \.group)
            .compactMapValues { $0.max() }
        return names.filter { name in
            let identifier = tool.identifier(name)
            return newest[identifier.group].map { identifier < $0 } ?? false
        }
    }

    /// The newest applied one that can be compared with what is late: of the first one's group.
    private func newest(beside late: [String]) -> String {
        let group = late.first.map { tool.identifier($0).group }
        return applied.filter { tool.identifier($0).group == group }
            .max { tool.isOlder($0, than: $1) } ?? ""
    }
}
