public import Control
internal import GRDB
internal import Kernel

/// Compares a backup with its manifest, octet by octet and fact by fact.
public enum BackupVerification {
    /// `path`: of the backup; its manifest stands beside it. Nothing is written anywhere. `known`:
    /// the name that it is known by, where that is not the file's. `service`: in whose
    /// `backup.directory` it stands, where a manifest has to name both; nil elsewhere.
    public static func run(
        path: String, as known: String? = nil, of service: String? = nil
    ) -> VerifyFinding {
        let file = String(path.split(separator: "/").last ?? "")
        let folder = BackupFolder(path: String(path.dropLast(file.utf8.count + 1)))
        let name = known ?? file
        guard Files.facts(path) != nil else {
            return VerifyFinding(
                file: name, verified: false, problems: ["there is no file \(path)"], manifest: nil)
        }
        var problems: [String] = []
        var manifest: BackupManifest?
        switch folder.manifest(of: file) {
        case .success(let found): manifest = found
        case .failure(let failure): problems.append(failure.message)
        }
        do {
            problems += try manifest.map { try compare(path, name, service, $0) } ?? []
            problems += try BackupCopy.still(path) { database in
                try check(database, manifest)
            }
        } catch {
            problems.append(WorkFailure(error, copy: path).message)
        }
        return VerifyFinding(
            file: name, verified: problems.isEmpty, problems: problems, manifest: manifest)
    }

    private static func compare(
        _ path: String, _ name: String, _ service: String?, _ manifest: BackupManifest
    ) throws -> [String] {
        var problems: [String] = []
        let digest = try BackupJob.digest(of: SharedFile.realPath(path))
        if digest.bytes != manifest.bytes {
            problems.append("it has \(digest.bytes) octets, its manifest says \(manifest.bytes)")
        } else if digest.sha256 != manifest.sha256 {
            problems.append(
                "its octets are not those that were written: sha256 is \(digest.sha256), its "
                    + "manifest says \(manifest.sha256)")
        }
        // A copy elsewhere under another name is the same backup: its octets say which it is.
        if service != nil || !problems.isEmpty,
            let other = manifest.problem(beside: name, of: service)
        {
            problems.append(other)
        }
        return problems
    }

    private static func check(
        _ database: Database, _ manifest: BackupManifest?
    ) throws -> [String] {
        var problems = try DatabaseContents.integrityProblems(database).map {
            "integrity_check: \($0)"
        }
        let facts = try DatabaseFacts(reading: database)
        let contents = try DatabaseContents(database)
        guard let manifest else { return problems }
        if contents.rows != manifest.rows {
            problems.append("it has other numbers of rows than its manifest says")
        }
        if contents.foreignKeyFindings != manifest.foreignKeyFindings {
            let broken = Counting.text(contents.foreignKeyFindings, "row")
            problems.append(
                "foreign_key_check finds \(broken), its manifest says "
                    + "\(manifest.foreignKeyFindings)")
        }
        if facts.applied != manifest.migrations {
            problems.append("it has other migrations than its manifest says")
        }
        if facts.fingerprint != manifest.fingerprint {
            problems.append("it has another schema than its manifest says")
        }
        return problems
    }
}
