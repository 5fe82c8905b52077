internal import Foundation
internal import GRDB
internal import Kernel
internal import LoadClient

/// Compares, id by id, what clients were told with what stands in the database and in the logs of
/// the applications.
struct Audit {
    /// Acknowledged, and not in the database.
    let missing: [String]
    /// In the database more than once.
    let doubled: [String]
    /// Not in exactly one application's log, or not in that of the color that answered.
    let astray: [String]
    /// Requests that began while one color alone served, and that the other one answered.
    let onWrongColor: Int
    /// In the database although no request asked for it.
    let unasked: [String]
}

extension Audit {
    init(report: LoadReport, scenes: Scenes, workshop: Workshop) throws {
        let counts = try Self.stored(in: workshop.database)
        let acknowledged = report.acknowledged
        missing = acknowledged.filter { counts[$0] == nil }
        doubled = counts.filter { $0.value > 1 }.map(\.key).sorted()
        let asked = Set(report.records.lazy.filter { $0.kind == .create }.map(\.id))
        unasked = counts.keys.filter { !asked.contains($0) }.sorted()
        var logged: [String: [String]] = [:]
        for color in ["blue", "green"] {
            for id in try Self.logged(in: workshop.acceptedLog(color)) {
                logged[id, default: []].append(color)
            }
        }
        astray = report.records
            .filter { $0.kind == .create && $0.isAcknowledged && logged[$0.id] != [$0.color] }
            .map(\.id)
        onWrongColor = report.records.count { scenes.contradict($0) }
    }

    private static func stored(in path: String) throws -> [String: Int] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let rows = try queue.read { database in
            try Row.fetchAll(
                database, sql: #"SELECT "Id", COUNT(*) FROM "Transactions" GROUP BY "Id""#)
        }
        var counts: [String: Int] = [:]
        for row in rows { counts[row[0]] = row[1] }
        return counts
    }

    /// The second word of each line.
    private static func logged(in path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return words.count > 1 ? String(words[1]) : ""
        }
    }
}
