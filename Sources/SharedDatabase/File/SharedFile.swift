internal import Foundation
internal import GRDB
internal import Kernel

/// The live database as this process may touch it: read-only, one read transaction, never a
/// checkpoint, and nothing left beside it that the applications could not use.
struct SharedFile {
    /// Why nothing could be read.
    enum Refusal: Error, Hashable {
        /// Somebody else's lock outlived the budget.
        case locked(String)
        case corrupt(String)
        /// A writer was cut; only a writer may roll back what it left.
        case cutTransaction
        case unreadable(String)
    }

    /// How the file is opened.
    enum Opening: Hashable {
        /// `mode=ro`: takes part in locking. In WAL mode SQLite makes `-wal` and `-shm` where they
        /// are missing and keeps them.
        case readOnly
        /// Without any locks or side files, as of a file that nobody changes.
        case immutable
    }

    let identity: FileIdentity
    /// When it was last changed, as of then; taken first.
    private let stamp: FileStamp?

    /// Throws `Refusal.unreadable` where there is no file, or SQLite's locks would not protect it.
    init(at path: String) throws(Refusal) {
        stamp = FileStamp(path)
        guard let identity = FileIdentity(at: path) else {
            if let wayBack = OfflineRestore.wayBack(to: path) {
                throw .unreadable(
                    "\(path) is not there: a restore that replaces it was stopped in the middle; "
                        + "stop both colors, then: \(wayBack)")
            }
            throw .unreadable(
                Files.kind(path) == .other
                    ? "\(path) is a link to a place where nothing is"
                    : "\(path) is not there, or its folder may not be searched")
        }
        guard Files.kind(identity.path) == .file else {
            throw .unreadable("\(identity.path) is no file")
        }
        guard identity.links <= 1 else {
            throw .unreadable(
                "\(identity.path) has \(identity.links) names, and each would get its own -wal")
        }
        if let mount = Mount(of: identity.path), mount.isRemote {
            throw .unreadable(
                "\(identity.path) is on a \(mount.kind) file system (\(mount.point)), where "
                    + "SQLite's locks and shared memory do not reach every user of the file")
        }
        self.identity = identity
    }

    /// What keeps this process from leaving files behind decides how to open.
    ///
    /// With a side file there, somebody uses the database or a crash left it: only `mode=ro` reads
    /// all of it. With none, `mode=ro` would make some in WAL mode, which must belong to the
    /// owner (SQLite gives them to the owner when root makes them). `user`: of this process.
    func opening(user: UInt32) throws(Refusal) -> Opening {
        let sides = identity.sideFiles
        try checkAccess(user)
        if sides.hasLog && sides.hasIndex { return .readOnly }
        // No file of the database is opened here while SQLite may hold locks in this process: with
        // a connection in WAL mode both side files are there, and `LastingFile` is never closed.
        guard try isWAL() else { return .readOnly }
        if let mount = Mount(of: identity.path), mount.point == identity.path {
            throw .unreadable(
                "\(identity.path) is mounted alone, without its -wal: what is not checkpointed "
                    + "would be missing; mount its folder")
        }
        let folder = (identity.path as NSString).deletingLastPathComponent
        guard FileManager.default.isWritableFile(atPath: folder) else {
            return sides.isEmpty ? .immutable : .readOnly
        }
        guard user == 0 || user == identity.owner else {
            throw .unreadable(
                "opening it as \(Identity.userName(user)) would leave files that its owner "
                    + "\(Identity.userName(identity.owner)) cannot write")
        }
        return .readOnly
    }

    /// Says which file may not be read: SQLite's own word for it is "unable to open".
    private func checkAccess(_ user: UInt32) throws(Refusal) {
        for path in [identity.path, identity.path + "-wal", identity.path + "-shm"]
        where Files.kind(path) != nil && !FileManager.default.isReadableFile(atPath: path) {
            let owner = FileIdentity(at: path)?.owner ?? identity.owner
            throw .unreadable(
                "\(path), which belongs to \(Identity.userName(owner)), may not be read by "
                    + Identity.userName(user))
        }
    }

    /// The format's octet 18 is 2 in WAL mode (https://sqlite.org/fileformat.html section 1.3.4).
    func isWAL() throws(Refusal) -> Bool {
        do throws(SystemError) {
            let header = try LastingFiles.open("gate.header", identity.path).beginning(count: 20)
            return header.count == 20 && header[18] == 2
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// Runs `body` in one read transaction. `busyTimeout`: how long SQLite waits for a lock.
    func read<Value>(
        _ opening: Opening, busyTimeout: Duration, _ body: (Database) throws -> Value
    ) throws(Refusal) -> Value {
        do {
            let queue = try DatabaseQueue(
                path: location(opening), configuration: configuration(busyTimeout))
            let value = try queue.read(body)
            try queue.close()
            return value
        } catch let error as DatabaseError {
            throw Self.refusal(error)
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// Whether nobody has used the file since `identity` was taken, so that what was read
    /// without locks was whole.
    var isUntouched: Bool {
        guard let now = FileIdentity(at: identity.path) else { return false }
        // A log that came and went may have left the size as it was.
        return now == identity && now.sideFiles.isEmpty && stamp == FileStamp(identity.path)
    }

    private func configuration(_ busyTimeout: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        let parts = busyTimeout.components
        configuration.busyMode = .timeout(
            Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
        configuration.label = "gate"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA query_only = 1")
        }
        return configuration
    }

    /// A plain path opens `mode=ro` through GRDB's flags; a URI is needed only for `immutable`.
    private func location(_ opening: Opening) -> String {
        switch opening {
        case .readOnly: return identity.path
        case .immutable:
            // https://www.sqlite.org/uri.html section 3.1: what must be escaped.
            let path = identity.path.replacing("%", with: "%25")
                .replacing("?", with: "%3f").replacing("#", with: "%23")
            return "file:\(path)?mode=ro&immutable=1"
        }
    }

    private static func refusal(_ error: DatabaseError) -> Refusal {
        let message = "\(error.message ?? "no reason given") (SQLite \(error.extendedResultCode))"
        switch error.extendedResultCode {
        case .SQLITE_READONLY_ROLLBACK: return .cutTransaction
        default: break  // GRDB's codes are a struct; the rest is told by the primary code.
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .locked(message)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .corrupt(message)
        default: return .unreadable(message)
        }
    }
}
