import Foundation

/// The processes that a supervisor has started, as ps(1) sees them.
enum Roles {
    struct Role: Equatable {
        let pid: Int32
        /// `bascule: worker 0`.
        let title: String
    }

    /// Without those that have ended and wait to be reaped.
    static func of(_ supervisor: Int32) -> [Role] {
        ProcessFacts.all().filter { ProcessFacts.parent(of: $0) == supervisor }
            .filter(ProcessFacts.isRunning)
            .compactMap { pid in
                ProcessFacts.title(of: pid).map { Role(pid: pid, title: $0) }
            }
            .sorted { $0.title < $1.title }
    }
}

/// What the kernel says of a process in /proc.
enum ProcessFacts {
    static func all() -> [Int32] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        } catch { return [] }
        return names.compactMap { Int32($0) }
    }

    static func parent(of pid: Int32) -> Int32? { status(of: pid)["PPid"].flatMap { Int32($0) } }

    /// A process that has ended and was not reaped yet does not run.
    static func isRunning(_ pid: Int32) -> Bool {
        guard let state = status(of: pid)["State"] else { return false }
        return !state.hasPrefix("Z") && !state.hasPrefix("X")
    }

    /// The arguments as one text: what `ps` shows.
    static func title(of pid: Int32) -> String? {
        guard let octets = read("/proc/\(pid)/cmdline") else { return nil }
        let words = octets.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.joined(separator: " ").trimmingCharacters(in: .whitespaces)
    }

    /// The lines of /proc/PID/status; empty where there is no such process.
    static func status(of pid: Int32) -> [String: String] {
        guard let octets = read("/proc/\(pid)/status") else { return [:] }
        var fields: [String: String] = [:]
        for line in String(decoding: octets, as: UTF8.self).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...]
            fields[String(line[..<colon])] = value.trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    /// The nice values of its threads.
    static func niceValues(of pid: Int32) throws -> Set<Int> { try threads(of: pid, 19) }

    /// The policies by which its threads get a core: 0 as usual, 3 for SCHED_BATCH.
    static func policies(of pid: Int32) throws -> Set<Int> { try threads(of: pid, 41) }

    /// How long its first thread wants a core at once, in nanoseconds; nil where the kernel was
    /// built without a word on that.
    static func slice(of pid: Int32) -> Int? {
        let text = read("/proc/\(pid)/sched").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("se.slice") }
        return line?.split(separator: " ").last.flatMap { Int($0) }
    }

    /// A number of each thread: which one of /proc/PID/stat, as proc(5) counts.
    private static func threads(of pid: Int32, _ place: Int) throws -> Set<Int> {
        let folder = "/proc/\(pid)/task"
        let values = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            // The name before them, in parentheses, may hold blanks.
            let text = read("\(folder)/\($0)/stat").map { String(decoding: $0, as: UTF8.self) }
            let values = text?.split(separator: ")").last?.split(separator: " ")
            return values.flatMap { Int($0[place - 3]) }
        }
        return Set(values)
    }

    /// Resident memory in octets.
    static func residentBytes(of pid: Int32) -> Int {
        let text = status(of: pid)["VmRSS"] ?? ""
        return (Int(text.prefix { $0.isNumber }) ?? 0) * 1024
    }

    private static func read(_ path: String) -> Data? {
        FileManager.default.contents(atPath: path)
    }
}
