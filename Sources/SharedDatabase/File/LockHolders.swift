internal import Kernel

/// Who holds locks on a database that keep others out: passive, no lock is taken.
///
/// Asked of the kernel octet by octet (F_GETLK): /proc/locks leaves out the processes of other pid
/// namespaces, this names them as 0. Where a file may not be read, nobody is named.
struct LockHolders: Hashable, CustomStringConvertible {
    /// Process ids, ascending. 0 stands for a process of another pid namespace.
    let processes: [Int32]

    init(processes: Set<Int32>) { self.processes = processes.sorted() }

    /// Holders of any lock that can keep a reader out.
    static func of(_ path: String) -> LockHolders {
        let real = SharedFile.realPath(path)
        return LockHolders(
            processes: holders(real + "-shm", logOctets).union(holders(real, fileRanges)))
    }

    /// Whoever is in a write transaction now.
    static func writers(of path: String) -> LockHolders {
        let real = SharedFile.realPath(path)
        return LockHolders(
            processes: holders(real + "-shm", [writeOctet]).union(holders(real, fileRanges)))
    }

    /// In WAL mode SQLite locks octets of `-shm`: WRITE, CKPT, RECOVER, five READ, and the
    /// dead-man switch (https://sqlite.org/walformat.html section 2.3).
    private static let writeOctet: Range<Int64> = 120..<121
    private static let logOctets: [Range<Int64>] = (120..<129).map { $0..<$0 + 1 }

    /// In rollback-journal mode it locks PENDING, RESERVED, and 510 octets from SHARED, of which
    /// one process at most has a write lock (https://sqlite.org/lockingv3.html).
    private static let fileRanges: [Range<Int64>] = [
        0x4000_0000..<0x4000_0001, 0x4000_0001..<0x4000_0002, 0x4000_0002..<0x4000_0200,
    ]

    private static func holders(_ path: String, _ ranges: [Range<Int64>]) -> Set<Int32> {
        guard Files.kind(path) == .file else { return [] }
        do throws(SystemError) {
            let file = try LastingFile("gate.locks", path)
            return Set(
                ranges.compactMap {
                    file.writeLockHolder(from: $0.lowerBound, count: Int64($0.count))
                })
        } catch {
            return []
        }
    }

    var description: String {
        if processes.isEmpty { return "a process that cannot be named" }
        return processes.map { $0 == 0 ? "a process outside this container" : "process \($0)" }
            .joined(separator: " and ")
    }
}
