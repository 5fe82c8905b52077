internal import GRDB
internal import Kernel

/// What the history tables of a database say, all of it read in the caller's transaction.
struct MigrationHistory {
    /// The tool whose history counts; nil where there is none, or more than one.
    var tool: HistoryTool?
    /// Every tool whose table was found, by name.
    var found: [String]
    /// Oldest first, as far as the tool tells.
    var applied: [String] = []
    /// Names up to this one need not be applied.
    var floor: String?
    var dirty: [DirtyMarker]

    /// `wanted`: the tool that the configuration names; nil: found by itself.
    init(_ database: Database, tables: [SchemaObject], wanted: String?) throws {
        let shapes = try Shapes(database, tables)
        let candidates = HistoryTool.all.filter {
            shapes.has($0.table, $0.columns, isExact: $0.isExact)
        }
        found = candidates.map(\.name)
        dirty = Self.rebuilds(tables)
        let chosen = candidates.filter { wanted == nil || $0.name == wanted }
        // A lock that was taken before the first migration made its history counts too.
        for tool in candidates.isEmpty ? HistoryTool.all : chosen {
            dirty += try Self.markers(of: tool, database, shapes)
        }
        guard chosen.count == 1, let tool = chosen.first,
            let table = shapes.name(of: tool.table)
        else { return }
        self.tool = tool
        applied = try String.fetchAll(database, sql: tool.applied.inserting(table))
        if case .names = tool.order, tool.identifiers != .application {
            applied.sort { tool.isOlder($0, than: $1) }
        }
        floor = try tool.floor.flatMap {
            try String.fetchOne(database, sql: $0.inserting(table))
        }
    }

    /// The tables of the tools that were found, in lower case: they are not the application's.
    var tables: Set<String> {
        Set(found.compactMap { HistoryTool.named($0)?.table.asciiLowercased })
    }

    private static func rebuilds(_ tables: [SchemaObject]) -> [DirtyMarker] {
        tables.filter { $0.name.asciiLowercased.hasPrefix(Bookkeeping.efRebuildPrefix) }
            .map { DirtyMarker(.rebuildTable, name: $0.name) }
    }

    private static func markers(
        of tool: HistoryTool, _ database: Database, _ shapes: Shapes
    ) throws -> [DirtyMarker] {
        try tool.markers.flatMap { marker -> [DirtyMarker] in
            let wanted = marker.table ?? tool.table
            guard shapes.has(wanted, marker.columns, isExact: false),
                let table = shapes.name(of: wanted)
            else { return [] }
            return try Row.fetchAll(database, sql: marker.query.inserting(table)).map { row in
                let name = String.fromDatabaseValue(row[0])
                return DirtyMarker(
                    marker.kind, name: name.map { "\($0) in \(table)" } ?? table,
                    ageSeconds: Int.fromDatabaseValue(row[1]).flatMap(credible))
            }
        }
    }

    /// An age in seconds, unless it says that its time was not one: SQLite reads a lone number as
    /// a Julian day (https://sqlite.org/lang_datefunc.html), and 2026 as a day 4 708 years before
    /// Christ. nil for a time before the year 2000, or more than a day from now.
    private static func credible(_ age: Int) -> Int? {
        let now = Int(clamping: WallClock.milliseconds / 1_000)
        return age >= -aheadSecondsMax && now - age >= firstSeconds ? age : nil
    }

    /// 2000-01-01, in seconds since 1970: no tool is older.
    private static let firstSeconds = 946_684_800
    /// Of a clock elsewhere, or of a time without its zone.
    private static let aheadSecondsMax = 86_400

    /// The tables by name in lower case, with their columns, read once each.
    private struct Shapes {
        private var names: [String: String] = [:]
        private var columns: [String: Set<String>] = [:]

        init(_ database: Database, _ tables: [SchemaObject]) throws {
            for table in tables {
                let key = table.name.asciiLowercased
                guard Bookkeeping.isHistory(key) else { continue }
                names[key] = table.name
                columns[key] = Set(
                    try database.columns(in: table.name).map(\.name.asciiLowercased))
            }
        }

        func name(of table: String) -> String? { names[table.asciiLowercased] }

        func has(_ table: String, _ wanted: [String], isExact: Bool) -> Bool {
            guard let found = columns[table.asciiLowercased] else { return false }
            return isExact ? found == Set(wanted) : found.isSuperset(of: wanted)
        }
    }
}

extension HistoryTool {
    func identifier(_ name: String) -> MigrationIdentifier {
        MigrationIdentifier(name, identifiers)
    }

    func isOlder(_ one: String, than other: String) -> Bool {
        identifier(one) < identifier(other)
    }
}

extension String {
    fileprivate func inserting(_ table: String) -> String {
        replacing("{table}", with: table.asSQLName)
    }
}
