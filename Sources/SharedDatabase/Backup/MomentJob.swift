internal import Control
internal import GRDB
internal import Kernel

/// The drained moment of a deploy: pinned, copied and verified before anything may migrate, then
/// asked whether it still is the present: before the command, and once more where that failed.
///
/// The connection stays open meanwhile, with no transaction and so in nobody's way: SQLite tells
/// it exactly whether any other connection has committed since.
struct MomentJob {
    let path: String
    let job: BackupJob

    /// Returns the last notice.
    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        guard case .pin = try channel.word() else {
            throw WorkFailure(.cancelled, "expected the word pin")
        }
        let file = try SharedFile(at: path)
        guard case .readOnly = try file.opening(user: ThisProcess.userIdentifier) else {
            throw WorkFailure(
                .refused, "the folder of \(path) cannot be written",
                hint: "let the owner of the database write its folder")
        }
        let queue = try DatabaseQueue(path: file.identity.path, configuration: configuration)
        let result = Result {
            try queue.inDatabase { database in
                let pin = try Pin(database)
                try Faults.pass("backup.pin", path)
                try channel.say(.pinned)
                guard case .copy(let streams) = try channel.word() else {
                    throw WorkFailure(.cancelled, "expected the word copy")
                }
                let made = try job.make(database, pin.source, streams: streams, channel)
                try channel.say(.backedUp(made.manifest, removed: made.removed))
                guard case .compare = try channel.word() else {
                    throw WorkFailure(.cancelled, "expected the word compare")
                }
                try database.execute(sql: "COMMIT")
                try channel.say(try compared(pin, database))
                guard case .compare = try channel.word() else {
                    throw WorkFailure(.cancelled, "expected the word compare")
                }
                return try compared(pin, database)
            }
        }
        try queue.close()
        return try result.get()
    }

    private func compared(_ pin: Pin, _ database: Database) throws -> DatabaseNotice {
        let isSame = try pin.isUnchanged(database)
        return .compared(writers: isSame ? nil : Writers.of(path).description)
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(BackupCopy.busyTimeout.inSeconds)
        configuration.label = "moment"
        // The pinned transaction stays open where a step fails; closing ends it.
        configuration.allowsUnsafeTransactions = true
        return configuration
    }
}
