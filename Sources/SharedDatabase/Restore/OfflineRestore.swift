internal import Control
internal import Foundation
internal import GRDB
internal import Kernel

/// Replaces the file of the live database, where SQLite's backup interface cannot write into it: it
/// is corrupt, or has pages of another size.
///
/// Only where no process has it open, for one that has would go on writing into the file that was
/// moved away, or lay its old log over the new file. Database and log are moved aside together,
/// never removed: they are the way back, and all that is left of a corrupt one.
struct OfflineRestore: Equatable {
    /// With its links followed.
    let path: String
    /// What takes its place.
    var source: String
    /// Where a person finds it; nil where it was sent.
    var sourceName: String?
    /// As it is called in messages.
    var name: String
    /// Ends the names of what was moved aside.
    let moment: String
    var isContained = FileHolders.isContained

    private static let sides = ["", "-wal", "-shm", "-journal"]

    private static let asideMark = ".before-restore-"

    private var copy: String { path + ".restoring" }
    private var suffix: String { Self.asideMark + moment }
    /// What the way back is named.
    var aside: String { path + suffix }

    /// The moment, with a number where something was moved aside in the same second already.
    static func freeMoment(_ moment: String, for path: String) -> String {
        let isTaken = { (moment: String) in
            sides.contains { Files.kind(path + asideMark + moment + $0) != nil }
        }
        var free = moment
        var number = 1
        while isTaken(free) {
            number += 1
            free = "\(moment)-\(number)"
        }
        return free
    }

    /// How a restore that was stopped between moving the live file aside and putting the other one
    /// in its place is taken back; nil where none was. `path`: where no file is.
    static func wayBack(to path: String) -> String? {
        let folder = (path as NSString).deletingLastPathComponent
        let prefix = (path as NSString).lastPathComponent + asideMark
        guard Files.kind(path + ".restoring") != nil,
            let names = try? Files.names("restore.left", in: folder)
        else { return nil }
        let left = names.filter { name in
            name.hasPrefix(prefix) && sides.allSatisfy { $0.isEmpty || !name.hasSuffix($0) }
        }
        // The names end with the moment, so that the last one is the newest.
        guard let aside = left.last.map({ "\(folder)/\($0)" }) else { return nil }
        return sides.filter { Files.kind(aside + $0) != nil }
            .map { "mv \((aside + $0).asShellWord) \((path + $0).asShellWord)" }
            .joined(separator: "; ")
    }

    func run(
        expecting facts: DatabaseFacts, _ channel: borrowing WorkChannel
    ) throws -> DatabaseNotice {
        try proveUnused()
        do {
            try writeCopy(channel)
            try channel.say(.ready(safety: aside))
            guard case .commit = try channel.word() else {
                throw WorkFailure(.cancelled, "expected the word commit")
            }
            // An application may have started meanwhile.
            try proveUnused()
        } catch {
            _ = Result { () throws(SystemError) in try Files.remove("restore.clean", copy) }
            throw error
        }
        try replace()
        let placed = Files.facts(path)
        let found = try BackupCopy.still(path) { try DatabaseFacts(reading: $0) }
        guard found.fingerprint == facts.fingerprint, found.applied == facts.applied else {
            try moveBack()
            throw WorkFailure(.failed, "after the restore the schema is not that of the backup")
        }
        try channel.say(.restored(facts: found))
        guard case .undo = try channel.word() else { return .restored(facts: found) }
        try proveUntouched(since: placed)
        try moveBack()
        return .undone
    }

    /// An application may have started since: what it has written is not put out of its way.
    private func proveUntouched(
        since placed: (bytes: Int, changed: Int64)?
    ) throws(WorkFailure) {
        let reason: String
        do throws(WorkFailure) {
            try proveUnused()
            let now = Files.facts(path)
            guard
                Files.kind(path + "-wal") != nil || now?.bytes != placed?.bytes
                    || now?.changed != placed?.changed
            else { return }
            reason = "somebody has written to \(path) since"
        } catch {
            reason = error.message
        }
        throw WorkFailure(
            .broken, "\(reason), and it stays what was restored; what it was is kept in \(aside)")
    }

    func proveUnused() throws(WorkFailure) {
        let holders = FileHolders(of: path, isContained: isContained)
        if !holders.processes.isEmpty {
            let list = holders.processes.map { "\($0)" }.joined(separator: ", ")
            throw WorkFailure(
                .refused, "\(path) has to be replaced, and is open in process \(list)",
                hint: "stop both colors, then run this command again")
        }
        if let blindness = holders.blindness {
            throw WorkFailure(
                .refused,
                "\(path) has to be replaced, and that nobody has it open cannot be "
                    + "proven: \(blindness)",
                hint: "stop both colors, then by hand: \(byHand)")
        }
    }

    /// The same in commands.
    private var byHand: String {
        // Whom the applications know it by: a plain copy would belong to whoever makes it.
        let access = FileAccess(of: path).map {
            "-o \($0.user) -g \($0.group) -m \(String($0.mode, radix: 8)) "
        }
        let (old, new) = (path.asShellWord, aside.asShellWord)
        return "mv \(old) \(new); mv \(old)-wal \(new)-wal; rm -f \(old)-shm; "
            + "install \(access ?? "")\(sourceName?.asShellWord ?? "FILE") \(old)"
            + (sourceName == nil ? ", FILE being the \(name) that was sent" : "")
    }

    /// The copy belongs to whom the live file belongs, with the same rights, and is in WAL mode
    /// where that is: applications go on with it as with the one before.
    private func writeCopy(_ channel: borrowing WorkChannel) throws {
        try Files.remove("restore.clean", copy)
        let isLog = try isLog
        let file = try Files.open("restore.write", copy, .replacing(mode: 0o600))
        try giveAccess(to: file)
        try channel.progress("restore")
        let number = DescriptorWriter(file)
        var isFirst = true
        try Files.readPieces("restore.read", source) { piece in
            var octets = Array(piece)
            if isFirst, isLog, octets.count > Self.formatOctets.upperBound {
                for place in Self.formatOctets { octets[place] = Self.logFormat }
            }
            isFirst = false
            try number.write(octets)
        }
        try number.sync()
    }

    private func giveAccess(to file: borrowing Descriptor) throws {
        guard let access = FileAccess(of: path) else {
            throw SystemError("restore.access", .noSuchFile, subject: path)
        }
        do throws(SystemError) {
            try access.give("restore.access", to: file)
        } catch {
            throw WorkFailure(
                .refused,
                "what replaces \(path) cannot belong to user \(access.user) and group "
                    + "\(access.group) as it does: \(error)",
                hint: "stop both colors, then by hand: \(byHand)")
        }
    }

    /// The format's versions for writing and reading, 2 in WAL mode
    /// (https://sqlite.org/fileformat.html section 1.3.3).
    private static let formatOctets = 18...19
    private static let logFormat: UInt8 = 2

    /// Whether the live file is in WAL mode, as far as a damaged one still says so.
    private var isLog: Bool {
        get throws {
            if (Files.facts(path + "-wal")?.bytes ?? 0) > 0 { return true }
            return try SharedFile(at: path).isWAL()
        }
    }

    private func replace() throws {
        try Faults.pass("restore.replace", path)
        for side in Self.sides where Files.kind(path + side) != nil {
            try Files.rename("restore.aside", from: path + side, to: path + suffix + side)
        }
        do {
            try Files.rename("restore.rename", from: copy, to: path)
            try Files.syncFolder("restore.folder.sync", folder)
        } catch {
            try moveBack()
            _ = Result { () throws(SystemError) in try Files.remove("restore.clean", copy) }
            throw error
        }
    }

    private func moveBack() throws {
        do throws(SystemError) {
            for side in Self.sides.reversed() where Files.kind(path + suffix + side) != nil {
                try Files.rename("restore.back", from: path + suffix + side, to: path + side)
            }
            try Files.syncFolder("restore.folder.sync", folder)
        } catch {
            throw WorkFailure(
                .broken, "\(path) could not be put back: \(error)",
                hint: "move \(aside)* back by hand before anything is started")
        }
    }

    private var folder: String { (path as NSString).deletingLastPathComponent }
}

/// Lets a closure write to a descriptor that it cannot own.
private final class DescriptorWriter {
    private let file: Descriptor

    init(_ file: consuming Descriptor) { self.file = file }

    func write(_ octets: [UInt8]) throws(SystemError) {
        try Files.write("restore.write", to: file, octets)
    }

    func sync() throws(SystemError) { try Files.sync("restore.sync", file) }
}
