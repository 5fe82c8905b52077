internal import Control
internal import GRDB
internal import Kernel

/// The backup that is restored, found, verified and read.
struct RestoreChoice {
    /// For messages: where it stands says `path`.
    let name: String
    let path: String
    let facts: DatabaseFacts
    let created: Timestamp?
    /// It holds a row in EF Core's lock table, which would stop every start of an application.
    let hasLockRow: Bool
    /// It has the mark of WAL mode, which no backup of ours has: restored as it is, it would bring
    /// a database of another mode into that one.
    let isWAL: Bool

    init(_ order: RestoreOrder, in folder: BackupFolder) throws {
        let name = try order.file ?? Self.fitting(order, folder)
        let path =
            try order.sent.map { try SentFolder(named: $0, in: folder).backup }
            ?? folder.checked(name)
        if let log = LeftLog.beside(path) { throw WorkFailure(log, of: path) }
        // What was sent has whatever name its sender gave it.
        let finding = BackupVerification.run(
            path: path, as: name, of: order.sent == nil ? order.safety.service : nil)
        if !finding.verified, !order.isUnchecked {
            throw WorkFailure(
                .manifest,
                "\(name) is not what it should be: "
                    + finding.problems.joined(separator: "; "),
                hint: "choose another (bascule db backups), or take it upon yourself: "
                    + "--override backup")
        }
        try self.init(name, path, finding.manifest?.created)
    }

    /// Whatever its manifest says, it has to be a whole database.
    private init(_ name: String, _ path: String, _ created: Timestamp?) throws {
        let (facts, problems) = try BackupCopy.archived(path) { database in
            (
                try DatabaseFacts(reading: database),
                try DatabaseContents.integrityProblems(database)
            )
        }
        if let first = problems.first {
            throw WorkFailure(.refused, "\(name) is corrupt: integrity_check says: \(first)")
        }
        guard facts.pageCount > 0 else {
            throw WorkFailure(.refused, "\(name) is empty, expected a database")
        }
        self.name = name
        self.path = path
        self.created = created
        self.facts = facts
        hasLockRow = facts.dirty.contains { $0.kind == .lockRow }
        isWAL = LeftLog.isMarked(path)
    }

    /// The newest one that verifies and whose migrations are all known; the snapshot of the
    /// drained moment of the operation that is taken back goes before all others.
    private static func fitting(
        _ order: RestoreOrder, _ folder: BackupFolder
    ) throws -> String {
        let service = order.safety.service
        let all = try folder.entries(of: service).filter(\.hasManifest)
        let preferred = all.filter {
            $0.reason == .drained && $0.operation == order.preferred && order.preferred != nil
        }
        let candidates: [BackupEntry] =
            switch order.fit {
            case .known(let ids):
                (preferred + all).filter { Set(ids.map(\.asciiLowercased)).fits($0) }
            case .latest(let id):
                (preferred + all).filter {
                    $0.migrations.last?.asciiLowercased == id.asciiLowercased
                }
            case .unknown: preferred
            }
        for entry in candidates
        where BackupVerification.run(path: folder.file(entry.file), of: service).verified {
            return entry.file
        }
        throw WorkFailure(
            .refused,
            "no verified backup in \(folder.path) holds only migrations that the target "
                + "knows", hint: "bascule db backups lists what there is")
    }
}

extension Set<String> {
    /// Whether a backup holds no migration but these.
    fileprivate func fits(_ entry: BackupEntry) -> Bool {
        entry.migrations.allSatisfy { contains($0.asciiLowercased) }
    }
}
