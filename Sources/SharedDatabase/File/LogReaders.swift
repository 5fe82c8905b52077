internal import Foundation
internal import Kernel

/// Who reads from a write-ahead log now: while a process stays in one read transaction, the log
/// cannot begin anew and grows (https://sqlite.org/wal.html section 6).
///
/// Told by /proc/locks, which leaves out the processes of other PID namespaces; no file of the
/// database is opened.
struct LogReaders: Hashable {
    /// Octets of `-shm` that readers lock: READ0 to READ4
    /// (https://sqlite.org/walformat.html section 2.3).
    private static let octets: ClosedRange<Int64> = 123...127

    struct Lock: Hashable {
        let process: Int32
        let octet: Int64
    }

    let locks: Set<Lock>

    /// `path`: of the database, without symbolic links.
    static func of(_ path: String) -> LogReaders {
        guard let place = Files.place(path + "-shm"),
            let table = try? String(contentsOfFile: "/proc/locks", encoding: .utf8)
        else { return LogReaders(locks: []) }  // No log, or no /proc: nobody can be named.
        return LogReaders(inode: place.inode, table: table)
    }

    init(locks: Set<Lock>) { self.locks = locks }

    /// `1: POSIX  ADVISORY  READ 1234 fd:00:5678 124 124` (proc(5)).
    init(inode: UInt64, table: String) {
        var found: Set<Lock> = []
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 8, words[1] == "POSIX", words[3] == "READ",
                let process = Int32(words[4]), process > 0,
                words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode,
                let first = Int64(words[6])
            else { continue }
            // One that has no end in numbers (`EOF`) covers them all.
            let last = Int64(words[7]) ?? .max
            for octet in Self.octets where first <= octet && octet <= last {
                found.insert(Lock(process: process, octet: octet))
            }
        }
        locks = found
    }

    /// Processes that hold the same lock in both looks, ascending.
    func staying(in later: LogReaders) -> [Int32] {
        Set(locks.intersection(later.locks).map(\.process)).sorted()
    }
}
