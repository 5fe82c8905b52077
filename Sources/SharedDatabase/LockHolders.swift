internal import Foundation

/// Who holds a lock on a database, as the kernel lists it: passive, no lock is taken and no file
/// of the database is opened.
struct LockHolders: CustomStringConvertible {
    /// Process ids, ascending. 0 stands for a process of another pid namespace.
    let processes: [Int32]

    /// Holders of a write lock on the file or on its `-shm`.
    static func of(_ path: String) -> LockHolders {
        let identities = [path, path + "-shm"].compactMap { FileIdentity(at: $0) }
        // The list is a snapshot for a message; where it cannot be read nobody is named.
        let table = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
        return LockHolders(table: table, inodes: Set(identities.map(\.inode)))
    }

    /// Lines as `1: POSIX  ADVISORY  WRITE 1234 08:01:131 1073741825 1073741825` (proc(5)). Only
    /// the inode is compared: the device is written in a way that some file systems do not share
    /// with stat(2).
    init(table: String, inodes: Set<UInt64>) {
        var found: Set<Int32> = []
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ").filter { $0 != "->" }
            guard words.count >= 6, words[3] == "WRITE", let pid = Int32(words[4]),
                let inode = words[5].split(separator: ":").last.flatMap({ UInt64($0) }),
                inodes.contains(inode)
            else { continue }
            found.insert(max(0, pid))
        }
        processes = found.sorted()
    }

    var description: String {
        if processes.isEmpty { return "a process that cannot be named" }
        return processes.map { $0 == 0 ? "a process outside this container" : "process \($0)" }
            .joined(separator: " and ")
    }
}
