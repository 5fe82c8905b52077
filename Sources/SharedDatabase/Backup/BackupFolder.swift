internal import Control
internal import Foundation
internal import Kernel

/// The folder in which the backups of services stand, two files each: `NAME-YYYYMMDD-HHMMSS.db`
/// (UTC) and beside it the manifest, `….db.json`.
///
/// What is being written has `.partial` at its end. The manifest gets its final name before its
/// backup, so that a backup under its final name is whole and has one.
struct BackupFolder {
    static let partialSuffix = ".partial"
    static let manifestSuffix = ".json"
    /// A manifest names every migration and table; ten thousand of each are far less.
    static let manifestBytesMax = 16 << 20
    /// How long another job in the same folder is waited for.
    static let lockSeconds = 10
    static let lockLook = 50

    let path: String

    func file(_ name: String) -> String { path + "/" + name }

    /// A plain name that lies in the folder: whatever else is refused, whoever says it.
    func checked(_ name: String) throws(WorkFailure) -> String {
        let isPlain =
            !name.isEmpty && !name.hasPrefix(".") && name.hasSuffix(".db")
            && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy {
                $0 != "/" && $0.properties.generalCategory != .control
            }
        guard isPlain else {
            throw WorkFailure(
                .refused, "found \"\(name)\", expected the name of a backup in \(path)",
                hint: "bascule db backups lists them")
        }
        guard Files.kind(file(name)) == .file else {
            throw WorkFailure(
                .refused, "there is no backup \(name) in \(path)",
                hint: "bascule db backups lists them")
        }
        return file(name)
    }

    /// Makes the folder where it is missing, and has it to itself until the lock ends.
    func locked() throws -> FolderLock {
        do throws(SystemError) {
            try Folder.make("backup.folder", path, mode: 0o700)
        } catch {
            throw unwritable(error)
        }
        // Whoever may read it can lock it, and would fail later on, with a file that has no name.
        if let reason = Files.writeRefusal(path) {
            throw unwritable(SystemError("backup.folder", reason, subject: path))
        }
        for _ in 0..<Self.lockSeconds * 1_000 / Self.lockLook {
            do throws(SystemError) {
                if let lock = try FolderLock.take("backup.lock", path) { return lock }
            } catch {
                throw unwritable(error)
            }
            ThisProcess.pause(milliseconds: Self.lockLook)
        }
        throw WorkFailure(
            .locked, "another job has been at work in \(path) for \(Self.lockSeconds) s")
    }

    func unwritable(_ error: SystemError) -> WorkFailure {
        guard error.errno != .readOnlyFileSystem else {
            return WorkFailure(
                .failed, "\(error)",
                hint: "\(path) is on a file system that is mounted read-only: mount it for "
                    + "writing, or name another folder as backup.directory")
        }
        let user = Identity.userName(ThisProcess.userIdentifier)
        return WorkFailure(
            .failed, "\(error)",
            hint: "\(path) must be a folder that \(user), the owner of the database, can write: "
                + "install -d -o \(user) -m 700 \(path.asShellWord)")
    }

    /// Removes what a job before this one left of this service: `.partial` files, and manifests
    /// whose backup never got its name; and whatever was sent and is nobody's any more.
    func removeLeftOvers(of service: String) throws(SystemError) {
        let names = try Files.names("backup.list", in: path)
        for name in names where Self.belongs(name, to: service) {
            let isOrphan =
                name.hasSuffix(".db" + Self.manifestSuffix)
                && !names.contains(String(name.dropLast(Self.manifestSuffix.count)))
            if name.contains(Self.partialSuffix) || isOrphan {
                try Files.remove("backup.clean", file(name))
            }
        }
        try SentFolder.removeLeftOvers(in: self)
    }

    /// The first free name for a backup of this moment.
    func freeName(for service: String, at moment: Timestamp) -> String {
        let day = moment.date.replacing("-", with: "")
        let stem = "\(service)-\(day)-\(moment.timeOfDay.replacing(":", with: ""))"
        var number = 1
        while true {
            let name = number == 1 ? "\(stem).db" : "\(stem)-\(number).db"
            let taken = [name, name + Self.manifestSuffix].contains { Files.kind(file($0)) != nil }
            if !taken { return name }
            number += 1
        }
    }

    /// Whether a file in the folder is of this service: `NAME-YYYYMMDD-HHMMSS.db`, maybe with `-2`
    /// before its end, or what stands beside such a one. The whole of it counts, so that `web` has
    /// nothing of `web-2`, nor of a service whose name goes on with what looks like a date.
    static func belongs(_ name: String, to service: String) -> Bool {
        guard name.hasPrefix(service + "-") else { return false }
        return String(name.dropFirst(service.count + 1)).wholeMatch(of: form) != nil
    }

    private static var form: Regex<Substring> {
        /[0-9]{8}-[0-9]{6}(?:-[0-9]+)?\.db(?:\.json)?(?:\.partial(?:-journal|-wal|-shm)?)?/
    }

    /// The backups of a service, newest first. A folder that is not there has none: the first
    /// backup makes it.
    func entries(of service: String) throws(SystemError) -> [BackupEntry] {
        let names: [String]
        do throws(SystemError) {
            names = try Files.names("backup.list", in: path)
        } catch {
            guard error.errno == .noSuchFile else { throw error }
            return []
        }
        return
            names
            // A link is no backup to a restore either.
            .filter { Self.belongs($0, to: service) && $0.hasSuffix(".db") }
            .filter { Files.kind(file($0)) == .file }
            .map { entry($0, of: service) }
            .sorted { left, right in
                (left.created?.milliseconds ?? 0, left.file.utf8.count, left.file)
                    > (right.created?.milliseconds ?? 0, right.file.utf8.count, right.file)
            }
    }

    private func entry(_ name: String, of service: String) -> BackupEntry {
        let bytes = Files.facts(file(name))?.bytes ?? 0
        switch manifest(of: name) {
        case .success(let manifest):
            let other = manifest.problem(beside: name, of: service)
            let size =
                manifest.bytes == bytes
                ? nil : "it has \(bytes) octets, its manifest says \(manifest.bytes)"
            let problems = [size, other].compactMap { $0 }
            // What it was made for is not said of it where another service's manifest says it.
            let isOurs = manifest.service == service
            return BackupEntry(
                file: name, bytes: bytes, created: manifest.created,
                reason: isOurs ? manifest.reason : nil, operation: manifest.operation,
                migrations: manifest.migrations, fingerprint: manifest.fingerprint,
                hasManifest: problems.isEmpty,
                problem: problems.isEmpty ? nil : problems.joined(separator: "; "))
        case .failure(let failure):
            return BackupEntry(
                file: name, bytes: bytes, created: nil, reason: nil, operation: nil,
                migrations: [], fingerprint: nil, hasManifest: false, problem: failure.message)
        }
    }

    /// What stands beside a backup.
    func manifest(of name: String) -> Result<BackupManifest, WorkFailure> {
        let path = file(name) + Self.manifestSuffix
        guard Files.kind(path) != nil else {
            return .failure(WorkFailure(.manifest, "it has no manifest"))
        }
        do {
            let octets = try Files.contents(
                "backup.manifest.read", path, bytesMax: Self.manifestBytesMax)
            let manifest = try ControlJSON.decode(BackupManifest.self, from: Data(octets))
            guard manifest.version == BackupManifest.currentVersion else {
                return .failure(
                    WorkFailure(
                        .manifest,
                        "its manifest has version \(manifest.version), expected "
                            + "\(BackupManifest.currentVersion)"))
            }
            return .success(manifest)
        } catch {
            let reason = (error as? DecodingError)?.sentence ?? "\(error)"
            return .failure(WorkFailure(.manifest, "its manifest cannot be read: \(reason)"))
        }
    }
}
