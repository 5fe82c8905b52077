internal import Kernel

/// What one look cannot tell: who keeps the write lock, and who keeps the log from beginning anew.
struct InspectionLooks {
    /// A write lock that one process has so long keeps others waiting; between two looks at it.
    static let lockSeconds: UInt64 = 5
    static let lockLookMilliseconds = 100
    /// Above this, and above half of the database, a log is larger than checkpoints leave it.
    static let logBytesMin = 64 << 20
    /// Between two looks at the log's readers: a request's transaction is over by then.
    static let readerMilliseconds = 500

    /// The process that held the write lock at every look; nil where none did.
    var longWriter: Int32?
    /// Processes that have read from a large log for longer than a request takes.
    var logReaders: [Int32] = []
    var hasLargeLog = false

    init(at file: FileIdentity) {
        longWriter = Self.writer(of: file.path)
        hasLargeLog = Self.isLarge(log: file.walBytes, main: file.bytes)
        guard hasLargeLog else { return }
        let first = LogReaders.of(file.path)
        ThisProcess.pause(milliseconds: Self.readerMilliseconds)
        logReaders = first.staying(in: LogReaders.of(file.path))
    }

    static func isLarge(log: Int, main: Int) -> Bool { log > max(logBytesMin, main / 2) }

    private static func writer(of path: String) -> Int32? {
        let end = Instant.now.advanced(byNanoseconds: lockSeconds * 1_000_000_000)
        guard let first = LockHolders.writers(of: path).processes.first else { return nil }
        while Instant.now < end {
            ThisProcess.pause(milliseconds: lockLookMilliseconds)
            guard LockHolders.writers(of: path).processes.contains(first) else { return nil }
        }
        return first
    }
}
