internal import Foundation
internal import Kernel

/// Where a backup stands that was sent: a folder of its own in `backup.directory`, whose name no
/// backup has and nothing that one leaves half done.
///
/// It lives as long as the process that made it, which keeps it locked. What a process leaves that
/// was killed is known by its free lock, and removed by the next job.
struct SentFolder {
    static let prefix = ".sent-"
    /// The backup's name in it, whatever its sender calls it: no path is made of a client's words.
    static let backup = "backup.db"

    /// The folder's own name.
    let name: String
    let directory: BackupFolder

    var path: String { directory.file(name) }
    var backup: String { path + "/" + Self.backup }

    /// One that this process keeps.
    struct Kept: ~Copyable {
        let folder: SentFolder
        fileprivate let lock: FolderLock
    }

    /// Makes and locks it. The directory's own lock keeps those away who clear up.
    static func make(in directory: BackupFolder) throws -> Kept {
        let whole = try directory.locked()
        let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let made = SentFolder(name: prefix + token, directory: directory)
        do throws(SystemError) {
            try Folder.make("receive.folder", made.path, mode: 0o700)
            guard let lock = try FolderLock.take("receive.lock", made.path) else {
                throw SystemError("receive.lock", .wouldBlock, subject: made.path)
            }
            _ = consume whole
            return Kept(folder: made, lock: lock)
        } catch {
            made.remove()
            throw directory.unwritable(error)
        }
    }

    /// One that another job keeps, by the name that it told.
    init(named name: String, in directory: BackupFolder) throws(WorkFailure) {
        self.init(name: name, directory: directory)
        guard name.hasPrefix(Self.prefix), !name.contains("/"), Files.kind(backup) == .file else {
            throw WorkFailure(.failed, "the backup that was sent is not there any more")
        }
    }

    private init(name: String, directory: BackupFolder) {
        self.name = name
        self.directory = directory
    }

    /// What does not go now goes with the next job.
    func remove() {
        _ = Result { try FileManager.default.removeItem(atPath: path) }
    }

    /// Removes those whose process is gone. Whoever asks has the directory to himself.
    static func removeLeftOvers(in directory: BackupFolder) throws(SystemError) {
        for name in try Files.names("backup.list", in: directory.path)
        where name.hasPrefix(prefix) {
            try SentFolder(name: name, directory: directory).removeUnlessKept()
        }
    }

    private func removeUnlessKept() throws(SystemError) {
        do throws(SystemError) {
            guard let lock = try FolderLock.take("receive.lock", path) else { return }
            remove()
            _ = consume lock
        } catch {
            // Whoever kept it has removed it meanwhile.
            guard error.errno == .noSuchFile else { throw error }
        }
    }
}
