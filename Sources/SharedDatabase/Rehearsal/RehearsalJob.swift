internal import Control
internal import GRDB
internal import Kernel

/// Starts the new version once against a clone of the live database, before it may touch the live
/// one, and judges what came of it in three layers: the difference of the schemas, statements of
/// older code tried on the clone and taken back, and older rows compared.
///
/// All of it belongs to the owner of the database and is done as that user.
struct RehearsalJob {
    let path: String
    let folder: BackupFolder
    let arguments: [String]
    let order: RehearsalOrder

    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        guard !arguments.isEmpty else {
            throw WorkFailure(
                .refused, "no rehearsal is configured",
                hint: "set services.\(order.service).database.rehearse")
        }
        let live = try SharedFile(at: path).identity.path
        let lock = try folder.locked()
        let place = try RehearsalFolder(in: folder, service: order.service, live: live)
        defer { place.remove() }
        _ = consume lock
        try channel.progress("clone")
        let before = try BackupCopy.pinned(path: path) { database, source in
            guard source.facts.dirty.isEmpty else {
                throw WorkFailure(
                    .refused, "a migration of the live database has not ended",
                    hint: "bascule check says what it left")
            }
            try place.fill(from: database, mode: source.facts.journalMode, channel)
            return try DatabaseFacts(reading: database, tool: order.tool)
        }
        try channel.progress("run")
        let milliseconds = try RehearsalProgram(
            arguments: arguments, folder: place, milliseconds: order.milliseconds
        ).run(channel)
        try channel.progress("judge")
        return .rehearsed(try judge(place, before, milliseconds))
    }

    private func judge(
        _ place: RehearsalFolder, _ before: DatabaseFacts, _ milliseconds: Int
    ) throws -> RehearsalFinding {
        // What the program left in a log of its own is part of the clone.
        try BackupCopy.makeSingleFile(place.clone)
        let after = try facts(place.clone)
        let left = after.dirty.map(\.name)
        guard left.isEmpty else {
            throw WorkFailure(
                .refused,
                "the rehearsal left a migration half done: \(left.joined(separator: ", "))",
                hint: "look at the log of the new version; it would leave the live database so too")
        }
        if let first = try BackupCopy.still(place.clone, DatabaseContents.integrityProblems).first {
            throw WorkFailure(.refused, "after the rehearsal integrity_check says: \(first)")
        }
        let old = try BackupCopy.still(place.before, LintJob.schema)
        let new = try BackupCopy.still(place.clone, LintJob.schema)
        let tried = try OldCode(before: place.before, after: place.clone).run()
        let findings =
            (SchemaComparison.findings(from: old, to: new) + tried.findings).ordered
        return RehearsalFinding(
            before: before, after: after,
            findings: Array(findings.prefix(RehearsalFinding.findingsMax)),
            count: findings.count, milliseconds: milliseconds, tablesTried: tried.tables,
            rowsTried: tried.rows)
    }

    private func facts(_ path: String) throws -> DatabaseFacts {
        try BackupCopy.still(path) { try DatabaseFacts(reading: $0, tool: order.tool) }
    }
}
