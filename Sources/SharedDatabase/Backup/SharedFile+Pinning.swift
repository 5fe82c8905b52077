internal import GRDB
internal import Kernel

extension SharedFile {
    /// Runs `body` in one read transaction, with whatever it throws passed on.
    func pin<Value>(busyTimeout: Duration, _ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(busyTimeout.inSeconds)
        configuration.label = "pin"
        let queue = try DatabaseQueue(path: identity.path, configuration: configuration)
        let value = try queue.read(body)
        try queue.close()
        return value
    }

    /// A file that nobody changes, as a URI (https://www.sqlite.org/uri.html section 3.1).
    static func stillLocation(_ path: String) -> String {
        let escaped = path.replacing("%", with: "%25")
            .replacing("?", with: "%3f").replacing("#", with: "%23")
        return "file:\(escaped)?mode=ro&immutable=1"
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

extension WorkFailure {
    /// What SQLite refused to do with a file.
    init(_ error: DatabaseError, path: String) {
        // Only whoever may write could roll back what stands in the journal.
        guard error.extendedResultCode != .SQLITE_READONLY_ROLLBACK else {
            self.init(SharedFile.Refusal.cutTransaction, path: path)
            return
        }
        let reason =
            "\(path): \(error.message ?? "no reason given") (SQLite "
            + "\(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .locked, "\(path) is locked by \(LockHolders.keepingOut(of: path))",
                hint: "wait for what holds it to end, then run this command again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(corrupt: reason)
        case .SQLITE_FULL:
            self.init(.failed, "the disk is full: \(reason)", hint: "make room")
        default:  // SQLite's codes are a struct, and there are dozens.
            self.init(.failed, reason)
        }
    }

    /// The live database is damaged. `reason` names it.
    init(corrupt reason: String) {
        self.init(
            .corrupt, "the database is corrupt: \(reason)",
            hint: "do not restart the applications; stop them and restore the last backup: "
                + "bascule db backups lists what there is")
    }

    /// What SQLite refused to do with a backup or another copy. Whatever else was thrown is told as
    /// it is.
    init(_ error: any Error, copy path: String) {
        guard let error = error as? DatabaseError else {
            self.init(error, path: path)
            return
        }
        let reason =
            "\(path): \(error.message ?? "no reason given") (SQLite "
            + "\(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .corruptCopy, "the copy is corrupt: \(reason)",
                hint: "take another backup: bascule db backups lists them")
        case .SQLITE_FULL:
            self.init(.failed, "the disk is full: \(reason)", hint: "make room")
        default:  // SQLite's codes are a struct, and there are dozens.
            self.init(.failed, reason)
        }
    }

    /// Why the live file could not be opened.
    init(_ refusal: SharedFile.Refusal, path: String) {
        switch refusal {
        case .locked(let reason):
            self.init(
                .locked, "\(path) is locked by \(LockHolders.keepingOut(of: path)): \(reason)")
        case .corrupt(let reason): self.init(corrupt: "\(path): \(reason)")
        case .cutTransaction:
            self.init(
                .refused, "\(path)-journal holds a transaction that was cut",
                hint: "the next write of an application rolls it back; then try again")
        case .unreadable(let reason): self.init(.refused, reason)
        }
    }

    /// Whatever was thrown, told once.
    init(_ error: any Error, path: String) {
        switch error {
        case let failure as WorkFailure: self = failure
        case let error as DatabaseError: self.init(error, path: path)
        case let refusal as SharedFile.Refusal: self.init(refusal, path: path)
        case let error as SystemError:
            self.init(
                .failed, "\(error)", hint: error.errno == .noSpace ? "make room" : "")
        case _: self.init(.failed, "\(error)")
        }
    }
}
