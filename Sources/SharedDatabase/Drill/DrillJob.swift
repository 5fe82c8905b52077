internal import Control
internal import Foundation
internal import GRDB
internal import Kernel

/// Restores the newest backup where the live database stands, beside it, and looks whether it is
/// what it should be: the way and the disk are those of a real restore, the live file is not
/// touched.
struct DrillJob {
    /// So many times the backup must be free beside the live database, so that the applications
    /// keep room for themselves.
    static let freeTimes = 2

    let path: String
    let folder: BackupFolder
    let order: DrillOrder

    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        guard let entry = try folder.entries(of: order.service).first else {
            throw WorkFailure(
                .refused, "there is no backup of \(order.service) in \(folder.path)",
                hint: "bascule db backup makes one")
        }
        let began = Instant.now
        try channel.progress("verify")
        let archived = folder.file(entry.file)
        let verification = BackupVerification.run(path: archived, of: order.service)
        var finding = DrillFinding(
            file: entry.file, created: verification.manifest?.created, bytes: entry.bytes,
            restoreMilliseconds: 0, milliseconds: 0, problems: verification.problems)
        if verification.verified {
            let clone = try place(for: entry)
            defer { Self.remove(clone) }
            let start = Instant.now
            try copy(archived, to: clone, channel)
            finding.restoreMilliseconds = Self.milliseconds(since: start)
            try channel.progress("check")
            try check(clone, verification.manifest, &finding)
        }
        finding.milliseconds = Self.milliseconds(since: began)
        return .drilled(finding)
    }

    /// Where it is restored to. A name that no application opens, and what an earlier drill left
    /// there is gone.
    private func place(for entry: BackupEntry) throws -> String {
        let live = try SharedFile(at: path).identity.path
        let beside = (live as NSString).deletingLastPathComponent
        let needed = entry.bytes * Self.freeTimes
        let free = try Volumes.freeBytes("drill.space", at: beside)
        guard free >= needed else {
            throw WorkFailure(
                .refused, "\(beside) has \(free) octets free, a drill needs \(needed)",
                hint: "make room: a restore would need it too")
        }
        let clone = beside + "/.bascule-drill-\(order.service).db"
        Self.remove(clone)
        return clone
    }

    private func copy(
        _ archived: String, to clone: String, _ channel: borrowing WorkChannel
    ) throws {
        let copy = BackupCopy(folder: folder)
        try BackupCopy.still(archived) { source in
            _ = try copy.copy(source, to: clone) { done, total in
                try Faults.pass("drill.copy", clone)
                try channel.progress("restore", done, of: total)
            }
        }
        try Files.sync("drill.sync", try Files.open("drill.open", clone, .reading))
    }

    private func check(
        _ clone: String, _ manifest: BackupManifest?, _ finding: inout DrillFinding
    ) throws {
        let (problems, contents, found) = try BackupCopy.archived(clone) { database in
            (
                try DatabaseContents.integrityProblems(database), try DatabaseContents(database),
                try DatabaseFacts(reading: database, tool: order.gate.tool)
            )
        }
        finding.problems += problems.map { "restored, integrity_check says: \($0)" }
        if let manifest {
            if contents.rows != manifest.rows {
                finding.problems.append("restored, it has other numbers of rows than its manifest")
            }
            if contents.foreignKeyFindings != manifest.foreignKeyFindings {
                let broken = Counting.text(contents.foreignKeyFindings, "row")
                finding.problems.append(
                    "restored, foreign_key_check finds \(broken), its "
                        + "manifest says \(manifest.foreignKeyFindings)")
            }
            if found.applied != manifest.migrations || found.fingerprint != manifest.fingerprint {
                finding.problems.append("restored, it has another schema than its manifest says")
            }
        }
        var facts = found
        // A restore clears what a migration that was under way had locked.
        facts.dirty = facts.dirty.filter { $0.kind != .lockRow }
        finding.judgement = GateJudge.judge(facts, order.gate, path: clone)
    }

    /// With its side files. What cannot go now goes with the next drill.
    private static func remove(_ clone: String) {
        for name in ["", "-journal", "-wal", "-shm"].map({ clone + $0 }) {
            _ = Result { () throws(SystemError) in try Files.remove("drill.clean", name) }
        }
    }

    static func milliseconds(since start: Instant) -> Int {
        Int(clamping: Instant.now.nanoseconds(since: start) / 1_000_000)
    }
}
