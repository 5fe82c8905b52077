internal import Control
internal import GRDB
internal import Kernel

/// The drained moment of a switch: pinned while requests are held, copied when they go on, and
/// between the two watched: nobody should write then.
struct SnapshotJob {
    /// Between two looks at whether somebody has written.
    static let lookMilliseconds: UInt64 = 5

    let path: String
    /// nil where it is not to be copied.
    let job: BackupJob?

    /// Returns the last notice.
    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        let file = try SharedFile(at: path)
        guard case .readOnly = try file.opening(user: ThisProcess.userIdentifier) else {
            throw WorkFailure(.refused, "the folder of \(path) cannot be written")
        }
        // What a transaction reads stays what it was: whether others commit another connection
        // sees, which has none.
        let witness = try DatabaseQueue(
            path: file.identity.path, configuration: Self.configuration)
        guard case .pin = try channel.word() else {
            throw WorkFailure(.cancelled, "expected the word pin")
        }
        // It looks first, so that nothing falls between the two.
        let version = try Pin.version(of: witness)
        let made = try BackupCopy.pinned(path: path) { database, source in
            // In another mode a reader would keep the applications from writing.
            guard source.facts.journalMode == "wal" else {
                throw WorkFailure(
                    .refused,
                    "a moment is pinned in WAL mode only, this database is in mode "
                        + source.facts.journalMode)
            }
            var watch = WriteWatch(path: path, version: version)
            try Faults.pass("backup.pin", path)
            try channel.say(.pinned)
            let streams = try watching(&watch, witness, channel)
            guard let job else { throw WorkFailure(.cancelled, "expected no word copy") }
            return try job.make(database, source, streams: streams, channel)
        }
        try witness.close()
        return .backedUp(made.manifest, removed: made.removed)
    }

    /// To the word `copy`; returns what comes with it.
    private func watching(
        _ watch: inout WriteWatch, _ witness: DatabaseQueue, _ channel: borrowing WorkChannel
    ) throws -> Int {
        while true {
            while !channel.hears(within: Self.lookMilliseconds) {
                watch.look(try Pin.version(of: witness))
            }
            switch try channel.word() {
            case .compare:
                watch.look(try Pin.version(of: witness))
                try channel.say(.compared(writers: watch.writers))
            case .copy(let streams): return streams
            case .pin, .go, .commit, .keep, .undo:
                throw WorkFailure(.cancelled, "expected the word copy")
            }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(BackupCopy.busyTimeout.inSeconds)
        configuration.label = "witness"
        return configuration
    }
}

/// Who has written to a database since a moment.
struct WriteWatch {
    private let path: String
    private let version: Int
    /// Held its write lock at some look.
    private var seen: Set<Int32> = []
    /// For a person; nil where nobody has written.
    private(set) var writers: String?

    init(path: String, version: Int) {
        self.path = path
        self.version = version
    }

    /// The first commit is told: who it was is best known right after it.
    mutating func look(_ now: Int) {
        guard writers == nil else { return }
        seen.formUnion(LockHolders.writers(of: path).processes)
        guard now != version else { return }
        writers =
            seen.isEmpty
            ? Writers.of(path).description
            : Writers(processes: seen.sorted(), blindness: nil).description
    }
}
