import Foundation
import Kernel

/// A disk of a few hundred KiB in memory, mounted on a folder: one that can really be full.
final class TinyDisk: Sendable {
    private let folder: Scratch
    private let path: String

    /// Whether this user may mount at all: a container often may not.
    static let isPermitted: Bool = {
        guard let folder = try? Scratch() else { return false }
        return (try? TinyDisk(at: "disk", in: folder)) != nil
    }()

    struct NotMounted: Error {
        let output: String
    }

    init(at name: String, in folder: Scratch, kib: Int = 256) throws {
        self.folder = folder
        path = folder.file(name)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        try Self.run("mount", "-t", "tmpfs", "-o", "size=\(kib)k,mode=0700", "tmpfs", path)
    }

    deinit {
        do {
            try Self.run("umount", "-l", path)
        } catch {
            FileHandle.standardError.write(Data("\(path) stays mounted: \(error)\n".utf8))
        }
    }

    /// Writes until nothing goes any more.
    func fill() throws {
        let name = path + "/filling"
        try Data().write(to: URL(filePath: name))
        let file = try FileHandle(forWritingTo: URL(filePath: name))
        var isFull = false
        while !isFull {
            do {
                try file.write(contentsOf: Data(count: 4_096))
            } catch {
                isFull = true
            }
        }
        try file.close()
    }

    func empty() throws { try FileManager.default.removeItem(atPath: path + "/filling") }

    /// Nobody may have a file open for writing.
    func setWritable(_ isWritable: Bool) throws {
        try Self.run("mount", "-o", "remount,\(isWritable ? "rw" : "ro")", path)
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        let command = try Command(Program("/usr/bin/env", [program] + arguments))
        guard command.code == 0 else { throw NotMounted(output: command.errors) }
    }
}
