internal import Foundation
internal import Kernel

extension SharedFile {
    /// Without symbolic links, as far as the path is there: SQLite keeps its side files beside the
    /// real file.
    static func realPath(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}

extension FileIdentity {
    /// nil where there is no file, or nothing of it may be known. Opens nothing: closing any
    /// descriptor of the file would drop the locks that SQLite holds on it in this process.
    init?(at path: String) {
        let real = SharedFile.realPath(path)
        // A link to nowhere stays one, and is no file.
        guard Files.facts(real) != nil, let found = Self.attributes(of: real) else { return nil }
        self.init(
            path: real, device: found.device, inode: found.inode, bytes: found.bytes,
            walBytes: Self.attributes(of: real + "-wal")?.bytes ?? 0, links: found.links,
            owner: found.owner)
    }

    /// Which of the files that SQLite keeps beside a database are there.
    var sideFiles: SideFiles {
        SideFiles(
            hasLog: Self.attributes(of: path + "-wal") != nil,
            hasIndex: Self.attributes(of: path + "-shm") != nil,
            hasJournal: (Self.attributes(of: path + "-journal")?.bytes ?? 0) > 0)
    }

    struct SideFiles: Hashable {
        /// `-wal`, the write-ahead log.
        let hasLog: Bool
        /// `-shm`, its index in shared memory.
        let hasIndex: Bool
        /// `-journal` with something in it: a rollback journal in use, or left by a crash.
        let hasJournal: Bool

        var isEmpty: Bool { !hasLog && !hasIndex && !hasJournal }
    }

    private struct Attributes {
        let device: UInt64
        let inode: UInt64
        let bytes: Int
        let links: Int
        let owner: UInt32
    }

    private static func attributes(of path: String) -> Attributes? {
        // A file that is not there is an answer, no failure.
        guard let found = try? FileManager.default.attributesOfItem(atPath: path) else {
            return nil
        }
        func number(_ key: FileAttributeKey) -> UInt64 {
            (found[key] as? NSNumber)?.uint64Value ?? 0
        }
        return Attributes(
            device: number(.systemNumber), inode: number(.systemFileNumber),
            bytes: Int(clamping: number(.size)), links: Int(clamping: number(.referenceCount)),
            owner: UInt32(truncatingIfNeeded: number(.ownerAccountID)))
    }
}
