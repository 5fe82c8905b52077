public import Kernel

/// What was decided, when and by whom: an append-only file whose last decision says which color
/// serves when no board is left.
///
/// Every append is synced before it returns. The last line may be torn by a crash, and is cut off
/// then: what had been acknowledged is whole. Anything else that cannot be read makes the journal
/// corrupt: its decisions still count, but nothing is appended, so no switch passes, while traffic
/// goes on. After a failed write or sync nobody knows what is on the disk (fsync(2)), so the next
/// append writes the file anew beside the old one and puts it in its place.
public struct Journal: ~Copyable, Sendable {
    public static let fileName = "journal.jsonl"
    /// From this size on the file is written anew, with the newest operations only.
    static let bytesMax = 4 << 20

    /// What was found when the journal was opened.
    public enum Finding: Hashable, Sendable {
        /// There was none.
        case made
        case sound
        /// The torn last line was cut off, so many octets.
        case recovered(bytes: Int)
        /// Not appended to until a person has looked: line (from 1) and why.
        case corrupt(line: Int, reason: String)
    }

    private enum Condition {
        case sound
        /// A write failed: the file is written anew before the next line.
        case suspect
        case corrupt(JournalError)
    }

    public let finding: Finding
    public private(set) var state: JournalState

    private let folder: String
    private var file: Descriptor
    private var bytes: Int
    /// From this size on the file is written anew: schemas of large databases make it large, and
    /// then it is not to be written anew with every line.
    private var bytesNext: Int
    private var condition: Condition
    /// Something is part of `state` that is not in the file.
    private var owes = false

    /// Less room than this on the disk, in octets, and a switch's lines may not fit.
    static let roomMin: UInt64 = 64 << 10

    /// Looks whether the next line could be written, and puts right what an earlier failure left;
    /// nil where nothing is known against it.
    public mutating func look() -> JournalError? {
        do throws(JournalError) {
            switch condition {
            case .corrupt(let error): throw error
            case .suspect: try rewrite()
            case .sound:
                try mustBeNamed()
                if owes { try rewrite() }
            }
            try mustTakeLines()
            return nil
        } catch {
            return error
        }
    }

    /// Room for the next lines is set aside in the file itself, so that who only asks is told the
    /// same as who writes.
    private func mustTakeLines() throws(JournalError) {
        do throws(SystemError) {
            let isReserved = try Files.reserve(
                "journal.room", file, at: bytes, bytes: Int(Self.roomMin))
            guard !isReserved else { return }
            guard try Files.room("journal.room", file) >= Self.roomMin else {
                throw SystemError("journal.room", .noSpace)
            }
        } catch {
            throw .system(SystemError(error.operation, error.errno, subject: path))
        }
    }

    /// A file that nobody will find at the next start is no journal: what is written to it is gone
    /// as soon as it is closed.
    private func mustBeNamed() throws(JournalError) {
        guard Files.isNamed(path, file) else { throw .vanished(path: path) }
    }

    private var path: String { folder + "/" + Self.fileName }

    /// Opens the journal in a folder and makes both, the folder private (0700), where missing.
    ///
    /// Throws a `SystemError` of `journal.open`, `journal.read` or `journal.cut`.
    public init(folder: String) throws(SystemError) {
        try Folder.make("journal.folder", folder, mode: 0o700)
        let path = folder + "/" + Self.fileName
        let isNew = Files.kind(path) == nil
        let file = try Files.open("journal.open", path, .appending(mode: 0o600))
        if isNew { try Files.syncFolder("journal.folder", folder) }
        let contents = try MemoryFile.contents("journal.read", of: file)
        let reading = JournalReading(contents)
        let torn = contents.count - reading.soundBytes
        if reading.fault == nil, torn > 0 {
            try Files.truncate("journal.cut", file, to: reading.soundBytes)
            try Files.sync("journal.sync", file)
        }
        if let fault = reading.fault {
            finding = .corrupt(line: fault.line, reason: fault.reason)
            condition = .corrupt(
                .corrupt(path: path, line: fault.line, reason: fault.reason))
        } else {
            finding = isNew ? .made : torn > 0 ? .recovered(bytes: torn) : .sound
            condition = .sound
        }
        state = reading.state
        bytes = reading.soundBytes
        bytesNext = Self.bytesMax
        self.folder = folder
        self.file = file
    }

    /// Writes a line and returns when it is on the disk. What it says is part of `state` then; the
    /// end of an operation is in any case, and comes to the disk with the next line.
    ///
    /// Throws a `JournalError`; the line may be on the disk all the same, unless it is `corrupt`.
    public mutating func append(_ record: JournalRecord) throws(JournalError) {
        let (record, line) = try Self.fitting(record)
        do throws(JournalError) {
            try write(line)
        } catch {
            if record.entry.isOwed {
                state.apply(record)
                owes = true
            }
            throw error
        }
        bytes += line.count
        state.apply(record)
    }

    private mutating func write(_ line: [UInt8]) throws(JournalError) {
        switch condition {
        case .corrupt(let error):
            throw error
        case .suspect:
            try rewrite()
        case .sound:
            try mustBeNamed()
            if owes || bytes + line.count > bytesNext { try rewrite() }
        }
        do throws(SystemError) {
            try Files.write("journal.append", to: file, line)
            try Files.sync("journal.sync", file)
        } catch {
            condition = .suspect
            throw .system(error)
        }
    }

    /// Writes what is known into a new file, which takes the old one's place in one step.
    private mutating func rewrite() throws(JournalError) {
        var octets: [UInt8] = []
        for record in state.records { octets += try Self.fitting(record).line }
        do throws(SystemError) {
            let draft = path + ".new"
            let new = try Files.open("journal.open", draft, .replacing(mode: 0o600))
            try Files.write("journal.append", to: new, octets)
            try Files.sync("journal.sync", new)
            try Files.rename("journal.rename", from: draft, to: path)
            try Files.syncFolder("journal.folder", folder)
            file = try Files.open("journal.open", path, .appending(mode: 0o600))
        } catch {
            condition = .suspect
            throw .system(error)
        }
        bytes = octets.count
        bytesNext = max(Self.bytesMax, 2 * bytes)
        condition = .sound
        owes = false
    }

    /// The longest telling of it that a line takes.
    private static func fitting(
        _ record: JournalRecord
    ) throws(JournalError) -> (record: JournalRecord, line: [UInt8]) {
        var bytes = 0
        for telling in record.tellings {
            do {
                let line = try JournalLine.encode(telling)
                bytes = line.count
                if bytes <= JournalLine.bytesMax { return (telling, line) }
            } catch {
                throw .encoding("\(error)")
            }
        }
        throw .tooLarge(bytes: bytes)
    }
}

/// Why a line could not be written.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemError)
    /// A line that is not the last cannot be read.
    case corrupt(path: String, line: Int, reason: String)
    /// The file was removed or replaced while it was open.
    case vanished(path: String)
    case tooLarge(bytes: Int)
    case encoding(String)

    public var description: String {
        switch self {
        case .system(let error): error.description
        case .corrupt(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .vanished(let path): "\(path) is not there any more, or is another file"
        case .tooLarge(let bytes): "a line of \(bytes) octets is longer than the journal takes"
        case .encoding(let reason): "a line cannot be written as JSON: \(reason)"
        }
    }

    /// What a person can do about it.
    public var hint: String {
        switch self {
        case .system(let error) where error.errno == .notPermitted:
            "see that the folder of `state` can be written; `lsattr` shows files that may not be "
                + "changed, by anybody"
        case .system:
            "see that the folder of `state` can be written and has room"
        case .corrupt(let path, _, _):
            "set `initial` to the color that serves now, move \(path) away, and restart bascule"
        case .vanished(let path):
            "put \(path) back; or set `initial` to the color that serves now and restart bascule, "
                + "which begins a new one"
        case .tooLarge, .encoding:
            "this is a fault in bascule: please report it"
        }
    }
}
