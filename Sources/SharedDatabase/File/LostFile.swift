internal import Foundation
internal import Kernel

/// A process that holds the database, or its write-ahead log, although it is gone from its folder:
/// it was replaced or removed. What such a process writes nobody else sees, and it is lost when the
/// process ends.
struct LostFile: Hashable, CustomStringConvertible {
    let process: Int32
    /// As ps(1) shows it; empty where it does not say.
    let program: String
    /// The name that the file had.
    let path: String

    var description: String {
        let name = program.isEmpty ? "" : " (\(program))"
        return "process \(process)\(name) holds a \(path) that is gone from its folder"
    }

    /// How long a second look comes after the first: a file that its process is just closing is
    /// gone by then.
    static let secondLookMilliseconds = 50

    /// Everything of the processes that may be looked at: those of the same user, all for root.
    /// Opens nothing of the database. `path`: without symbolic links.
    static func search(_ path: String) -> [LostFile] {
        let first = look(path)
        if first.isEmpty { return [] }
        ThisProcess.pause(milliseconds: secondLookMilliseconds)
        let second = Set(look(path))
        return first.filter(second.contains)
    }

    private static func look(_ path: String) -> [LostFile] {
        let names = [path, path + "-wal", path + "-shm"]
        let links = Dictionary(
            names.map { ($0 + " (deleted)", $0) }, uniquingKeysWith: { one, _ in one })
        return entries("/proc").compactMap(Int32.init).sorted()
            .filter { $0 != ThisProcess.identifier }
            .flatMap { process in
                let folder = "/proc/\(process)/fd"
                // A process that may not be looked at, or has just ended, says nothing.
                let held = Set(
                    entries(folder).compactMap { number -> String? in
                        let link = try? FileManager.default.destinationOfSymbolicLink(
                            atPath: "\(folder)/\(number)")
                        return link.flatMap { links[$0] }
                    })
                return held.sorted().map {
                    LostFile(process: process, program: program(process), path: $0)
                }
            }
    }

    private static func entries(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func program(_ process: Int32) -> String {
        let text = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        return text.map { String($0.prefix { $0 != "\n" }) } ?? ""
    }
}
