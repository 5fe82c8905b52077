import Foundation
import Kernel

/// A file system of its own in memory, so small that it is soon full: a real ENOSPC.
final class TinyDisk {
    let folder: String

    /// Whether this machine lets the test mount one; containers without privileges do not.
    static let isPossible: Bool = {
        guard ThisProcess.userIdentifier == 0 else { return false }
        return (try? TinyDisk(kibibytes: 64)) != nil
    }()

    /// `inodes`: how many files and folders fit, the disk's own folder among them.
    init(kibibytes: Int, inodes: Int = 1_000) throws {
        folder =
            FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
            + "/tiny-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try Self.run(
            folder, "mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k,nr_inodes=\(inodes)", "tmpfs",
            folder)
    }

    deinit {
        _ = Result { try Self.run(folder, "umount", "--lazy", folder) }
        _ = Result { try FileManager.default.removeItem(atPath: folder) }
    }

    /// Writes a file until nothing more fits.
    func fill() {
        let path = folder + "/filler"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        guard let file = FileHandle(forWritingAtPath: path) else { return }
        defer { _ = Result { try file.close() } }
        for bytes in [65_536, 4_096, 1] {
            let piece = Data(repeating: 1, count: bytes)
            while (try? file.write(contentsOf: piece)) != nil {}
        }
    }

    /// Nobody may have a file open for writing.
    func setWritable(_ isWritable: Bool) throws {
        try Self.run(folder, "mount", "-o", "remount,\(isWritable ? "rw" : "ro")", folder)
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: folder + "/filler") }

    private static func run(_ folder: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SystemError("test.mount", .notPermitted, subject: folder)
        }
    }
}
