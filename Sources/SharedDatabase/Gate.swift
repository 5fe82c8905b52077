internal import Foundation
internal import GRDB
internal import Kernel

/// The migration gate: reads the database once, compares, and says why.
public enum Gate {
    static let triesMax = 3

    /// Waits at most `waitMilliseconds` for locks of others. Never throws: what goes wrong is a
    /// verdict.
    ///
    /// `path` is the file as the accepted configuration names it.
    public static func answer(path: String, _ request: GateRequest) -> GateAnswer {
        let lost =
            request.looksForLostFiles ? LostFile.search(SharedFile.realPath(path)) : []
        do {
            let (facts, file) = try read(path: path, request)
            let judgement =
                SplitJudge.judge(file, request.files, lost, path: path)
                ?? GateJudge.judge(
                    facts, request, path: file.path,
                    writers: facts.dirty.isEmpty && !request.isMigrating
                        ? LockHolders(processes: []) : LockHolders.writers(of: file.path))
            return GateAnswer(judgement, database: facts, file: file)
        } catch {
            let file = FileIdentity(at: path)
            let judgement =
                SplitJudge.judge(file, request.files, lost, path: path)
                ?? error.judgement(path: path, request)
            return GateAnswer(judgement, file: file)
        }
    }

    /// How long one try waits for a lock.
    static func busyTimeout(of milliseconds: Int) -> Duration {
        .milliseconds(max(1, milliseconds / triesMax))
    }

    private static func read(
        path: String, _ request: GateRequest
    ) throws(SharedFile.Refusal) -> (DatabaseFacts, FileIdentity) {
        let busyTimeout = busyTimeout(of: request.waitMilliseconds)
        let deadline = Instant.now.advanced(
            byNanoseconds: UInt64(max(1, request.waitMilliseconds)) * 1_000_000)
        var last = SharedFile.Refusal.locked("it was changed while it was read")
        for _ in 0..<triesMax {
            let left = deadline.nanoseconds(since: .now)
            if left == 0 { break }
            let file = try SharedFile(at: path)
            let opening = try file.opening(user: ThisProcess.userIdentifier)
            do {
                let facts = try file.read(
                    opening, busyTimeout: min(busyTimeout, .nanoseconds(Int64(clamping: left)))
                ) { database in try DatabaseFacts(reading: database, tool: request.tool) }
                switch opening {
                case .readOnly: return (facts, file.identity)
                case .immutable: if file.isUntouched { return (facts, file.identity) }
                }
            } catch {
                guard case .locked = error else { throw error }
                last = error
            }
        }
        throw last
    }
}

extension SharedFile.Refusal {
    /// What is said of a database that could not be read.
    fileprivate func judgement(path: String, _ request: GateRequest) -> GateJudgement {
        switch self {
        case .locked(let reason):
            let holders = LockHolders.of(path)
            return GateJudgement(
                .locked, saw: "\(path) is locked by \(holders): \(reason)",
                expected: "to read it within \(request.waitMilliseconds / 1_000) s",
                hint: "wait for what holds it to end, then run this command again")
        case .corrupt(let reason):
            return GateJudgement(
                .corrupt, saw: "\(path): \(reason)", expected: "a whole SQLite database",
                hint: "do not restart the applications; stop them and restore the last backup")
        case .cutTransaction:
            return GateJudgement(
                .dirty, saw: "\(path)-journal holds a transaction that was cut",
                expected: "no transaction left half done",
                hint: "the next write of an application rolls it back; then run this command again")
        case .unreadable(let reason):
            return GateJudgement(
                .unreadable, saw: reason, expected: "a database file that this process may read",
                hint: "check `database.sqlite` in the configuration and the rights of the file "
                    + "and its folder: ls -ln \(path.asShellWord)*")
        }
    }
}
