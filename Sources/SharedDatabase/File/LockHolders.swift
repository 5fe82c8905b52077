internal import Kernel

/// Who holds locks on a database that keep others out: passive, no lock is taken.
///
/// Asked of the kernel octet by octet (F_GETLK): /proc/locks leaves out the processes of other pid
/// namespaces, this names them as 0. Where a file may not be read, nobody can be named.
struct LockHolders: Hashable, CustomStringConvertible {
    /// Process ids, ascending. 0 stands for a process of another pid namespace.
    let processes: [Int32]
    /// Why there may be others; nil where all were seen.
    let blindness: String?

    init(processes: Set<Int32>, blindness: String? = nil) {
        self.processes = processes.sorted()
        self.blindness = blindness
    }

    /// Whether it is certain that nobody holds one.
    var areNone: Bool { processes.isEmpty && blindness == nil }

    /// Holders of any lock that can keep a reader out.
    static func of(_ path: String) -> LockHolders {
        all(path, log: logOctets)
    }

    /// Whoever is in a write transaction now.
    static func writers(of path: String) -> LockHolders {
        all(path, log: [writeOctet])
    }

    private static func all(_ path: String, log: [Range<Int64>]) -> LockHolders {
        let real = SharedFile.realPath(path)
        do throws(SystemError) {
            let found = try holders(real + "-shm", log).union(try holders(real, fileRanges))
            return LockHolders(processes: found)
        } catch {
            return LockHolders(processes: [], blindness: "\(error)")
        }
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

    private static func holders(
        _ path: String, _ ranges: [Range<Int64>]
    ) throws(SystemError) -> Set<Int32> {
        guard Files.kind(path) == .file else { return [] }
        let file = try LastingFiles.open("gate.locks", path)
        return Set(
            ranges.compactMap {
                file.writeLockHolder(from: $0.lowerBound, count: Int64($0.count))
            })
    }

    var description: String {
        if processes.isEmpty {
            return blindness.map { "perhaps a process that cannot be seen (\($0))" }
                ?? "a process that cannot be named"
        }
        return processes.map { $0 == 0 ? "a process outside this container" : "process \($0)" }
            .joined(separator: " and ")
    }
}
