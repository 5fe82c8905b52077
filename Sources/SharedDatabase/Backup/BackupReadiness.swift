internal import Foundation
internal import Kernel

/// Whether a backup could be made now, found out without making anything.
struct BackupReadiness {
    /// Below this many times the database, and this many octets more, room gets short.
    static let scarceTimes = 3
    static let scarceBytes = 512 << 20

    let path: String
    let folder: BackupFolder

    func run() -> DatabaseNotice { .checked(disk: disk, folder: writable) }

    /// Throws where none could be made.
    func expect() throws(WorkFailure) {
        for finding in [writable, disk] {
            if case .bad(let failure) = finding { throw failure }
        }
    }

    /// Where the folder is missing, the next one above it that stands: it would be made there.
    private var place: String {
        var place = folder.path
        while Files.kind(place) == nil, let slash = place.lastIndex(of: "/") {
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
        return place
    }

    private var disk: DatabaseNotice.Finding {
        let bytes = [path, path + "-wal"].compactMap { Files.facts($0)?.bytes }.reduce(0, +)
        do throws(SystemError) {
            let free = try Volumes.freeBytes("backup.space", at: place)
            let needed = BackupCopy.neededBytes(for: bytes)
            if free < needed {
                return .bad(
                    WorkFailure(
                        .refused, "\(place) has \(free) octets free, a backup needs \(needed)",
                        hint: "make room, or: bascule db prune"))
            }
            let scarce = bytes * Self.scarceTimes + Self.scarceBytes
            return free < scarce
                ? .doubtful("\(place) has \(free) octets free, \(scarce) would be comfortable")
                : .good
        } catch {
            return .bad(WorkFailure(.failed, "\(error)"))
        }
    }

    private var writable: DatabaseNotice.Finding {
        if Files.kind(folder.path) == .file {
            return .bad(WorkFailure(.refused, "\(folder.path) is a file"))
        }
        guard FileManager.default.isWritableFile(atPath: place) else {
            return .bad(
                folder.unwritable(SystemError("backup.folder", .permissionDenied, subject: place)))
        }
        return .good
    }
}
