internal import Foundation
internal import Kernel

/// Who may have written to a database a moment ago: who holds its write lock now, else everybody
/// who has it open.
struct Writers: CustomStringConvertible {
    let processes: [Int32]
    /// Why there may be others; nil where everybody was seen.
    let blindness: String?

    static func of(_ path: String) -> Writers {
        let now = LockHolders.writers(of: path)
        if !now.processes.isEmpty { return Writers(processes: now.processes, blindness: nil) }
        let holders = FileHolders(of: path)
        let others = holders.processes.filter {
            program(of: $0) != program(of: ThisProcess.identifier)
        }
        return Writers(processes: others, blindness: now.blindness ?? holders.blindness)
    }

    var description: String {
        let named = processes.map { process in
            process == 0
                ? "a process outside this container"
                : "process \(process)" + (Self.name(of: process).map { " (\($0))" } ?? "")
        }
        switch (named.isEmpty, blindness) {
        case (false, nil): return named.joined(separator: " or ")
        case (false, let why?): return named.joined(separator: " or ") + ", or another: " + why
        case (true, let why):
            return "a process that has gone since" + (why.map { ", or: " + $0 } ?? "")
        }
    }

    /// nil where that may not be known.
    private static func program(of process: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
    }

    /// The program's name as the kernel keeps it: 15 octets at most.
    private static func name(of process: Int32) -> String? {
        FileManager.default.contents(atPath: "/proc/\(process)/comm")
            .map { String(decoding: $0, as: UTF8.self) }?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
