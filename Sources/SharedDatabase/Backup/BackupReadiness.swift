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

    /// Of the disk of the backups, and of that of the live file, where a restore and a migration
    /// need room. No backup fails for want of that, so it is told and refuses nothing.
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
            var short = free < scarce ? ["\(place) has \(free) octets free"] : []
            let isElsewhere = Files.place(path)?.device != Files.place(place)?.device
            if isElsewhere, let live = liveFree, live < scarce {
                short.append("the disk of \(path) has \(live) octets free")
            }
            return short.isEmpty
                ? .good
                : .doubtful(
                    saw: short.joined(separator: "; "),
                    expected: "\(scarce) octets: a restore needs "
                        + "\(RestoreJob.neededBytes(for: bytes)), and applications write on")
        } catch {
            return .bad(WorkFailure(.failed, "\(error)"))
        }
    }

    /// nil where nobody can say: that the file is missing is told by the gate.
    private var liveFree: Int? {
        do throws(SystemError) {
            return try Volumes.freeBytes("database.space", at: path)
        } catch {
            return nil
        }
    }

    private var writable: DatabaseNotice.Finding {
        if Files.kind(folder.path) == .file {
            return .bad(WorkFailure(.refused, "\(folder.path) is a file"))
        }
        if let reason = Files.writeRefusal(place) {
            return .bad(folder.unwritable(SystemError("backup.folder", reason, subject: place)))
        }
        return .good
    }
}
