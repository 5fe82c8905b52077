internal import Foundation
internal import Kernel

/// Proves that no process has a database open: what a file may be replaced on.
///
/// Locks do not prove it, for an idle connection of a database that is not in WAL mode holds none.
/// The descriptors of every process do, where every process can be seen.
struct FileHolders {
    /// Inode of the first PID namespace (Linux, `PROC_PID_INIT_INO`): only from there every
    /// process of the machine is visible.
    private static let firstNamespace = "pid:[4026531836]"

    /// Processes that have one of the files open, ascending.
    let processes: [Int32]
    /// Why that is not all that may be; nil where every process was seen.
    let blindness: String?

    /// `isContained`: in a PID namespace of its own, where others may hold the file unseen.
    init(of path: String, isContained: Bool = FileHolders.isContained) {
        let files = Set([path, path + "-wal", path + "-shm", path + "-journal"])
        var found: [Int32] = []
        var hidden = 0
        // What ends while it is looked at holds nothing any more.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for process in names.compactMap({ Int32($0) }) where process != ThisProcess.identifier {
            switch Self.targets(of: process) {
            case .some(let targets): if !targets.isDisjoint(with: files) { found.append(process) }
            case nil: if Files.kind("/proc/\(process)") != nil { hidden += 1 }
            }
        }
        processes = found.sorted()
        if names.isEmpty {
            blindness = "/proc cannot be read"
        } else if hidden > 0 {
            let others = hidden == 1 ? "a process" : "\(hidden) processes"
            blindness = "\(others) of other users cannot be looked into"
        } else {
            blindness = isContained ? "processes outside this container cannot be seen" : nil
        }
    }

    /// Without processes of our own, which look at the database and go.
    var strangers: [Int32] {
        let own = Self.link("/proc/self/exe")
        return processes.filter { own == nil || Self.link("/proc/\($0)/exe") != own }
    }

    static var isContained: Bool { link("/proc/self/ns/pid") != firstNamespace }

    /// What the descriptors of a process lead to; nil where that may not be known.
    private static func targets(of process: Int32) -> Set<String>? {
        let folder = "/proc/\(process)/fd"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return nil
        }
        return Set(names.compactMap { link("\(folder)/\($0)") })
    }

    private static func link(_ path: String) -> String? {
        // A descriptor that was closed meanwhile leads nowhere.
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }
}
