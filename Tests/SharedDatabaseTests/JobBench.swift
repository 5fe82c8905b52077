import Control
import Foundation
import Kernel
import Synchronization
import Testing

@testable import SharedDatabase

/// A job of the role `database` on a thread of its own, with this test in the controller's place.
final class JobBench: Sendable {
    private let socket: Descriptor
    private let isOver = Mutex(false)
    private static let seconds: UInt64 = 60

    init(
        _ work: DatabaseWork, path: String, backups: String?, rehearse: [String] = []
    ) throws {
        let (ours, theirs) = try Socket.messagePair("test.pair").release()
        socket = Descriptor(owning: ours)
        let request = [UInt8](try JSONEncoder().encode(DatabaseRequest.work(work)))
        let channel = ChannelBox(Descriptor(owning: theirs))
        Thread.detachNewThread { [weak self] in
            // What fails is told over the channel; a channel that fails is seen at its other end.
            _ = Result {
                try DatabaseRole.run(
                    channel: channel.take(), path: path, service: "web", backups: backups,
                    rehearse: rehearse)
            }
            self?.isOver.withLock { $0 = true }
        }
        try DatabaseMessages.send("test.send", to: ours, number: 0, request, until: Self.soon)
    }

    private final class ChannelBox: Sendable {
        private let held: Mutex<Descriptor?>

        init(_ descriptor: consuming Descriptor) { held = Mutex(descriptor) }

        func take() throws -> Descriptor {
            let taken = held.withLock { $0.take() }
            guard let taken else { throw SystemError("test.take", .invalidArgument) }
            return taken
        }
    }

    private static var soon: Instant { .now.advanced(byNanoseconds: seconds * 1_000_000_000) }

    func say(_ word: DatabaseWord) throws {
        try DatabaseMessages.send(
            "test.send", to: socket.number, number: 0, [UInt8](JSONEncoder().encode(word)),
            until: Self.soon)
    }

    /// Octets that are no word.
    func pass(_ octets: [UInt8]) throws {
        try DatabaseMessages.send(
            "test.send", to: socket.number, number: 0, octets, until: Self.soon)
    }

    /// The next notice that is no progress.
    func next() throws -> DatabaseNotice {
        while true {
            let message = try #require(
                try DatabaseMessages.receive(
                    "test.receive", from: socket.number, until: Self.soon))
            let notice = try JSONDecoder().decode(
                DatabaseNotice.self, from: Data(message.octets))
            switch notice {
            case .progress, .working: continue
            case _: return notice
            }
        }
    }

    /// As a controller that dies.
    func hangUp() { Socket.stopListening(socket.number) }

    /// Waits until the job has returned.
    func waitForEnd() throws {
        let end = Self.soon
        while !isOver.withLock({ $0 }) {
            try #require(Instant.now < end)
            ThisProcess.pause(milliseconds: 2)
        }
    }

    /// Why the job failed; a test fails where it did not.
    func failure() throws -> WorkFailure {
        let notice = try next()
        guard case .failed(let failure) = notice else {
            Issue.record("no failure: \(notice)")
            throw SystemError("test.failure", .invalidArgument)
        }
        return failure
    }
}

/// A folder with a database and its backups.
final class BackupBench {
    let scratch: Scratch
    var path: String { scratch.path }
    var backups: String { scratch.folder.resolvingSymlinksInPath().path + "/backups" }
    var folder: BackupFolder { BackupFolder(path: backups) }

    init(mode: String = "WAL", extra: String = "") throws {
        scratch = try Scratch()
        try Python.run(
            efDatabase(GateTests.ids, mode: mode, extra: Self.rows + extra) + "\ndb.close()",
            path: scratch.path)
    }

    static let rows = """
        db.executemany('INSERT INTO Categories (Name) VALUES (?)', \
        [('category %d' % i,) for i in range(2000)])

        """

    func order(
        _ reason: BackupReason = .manual, operation: String? = nil, keep: Int = 10,
        protected: [String] = []
    ) -> BackupOrder {
        BackupOrder(
            service: "web", reason: reason, operation: operation, keep: keep,
            protected: protected)
    }

    func start(_ work: DatabaseWork, rehearse: [String] = []) throws -> JobBench {
        try JobBench(work, path: path, backups: backups, rehearse: rehearse)
    }

    @discardableResult
    func backUp(
        _ reason: BackupReason = .manual, operation: String? = nil, keep: Int = 10,
        protected: [String] = []
    ) throws -> BackupManifest {
        let job = try start(
            .backup(order(reason, operation: operation, keep: keep, protected: protected)))
        let notice = try job.next()
        guard case .backedUp(let manifest, _) = notice else {
            Issue.record("no backup: \(notice)")
            throw SystemError("test.backup", .invalidArgument)
        }
        return manifest
    }

    /// All names in the folder of the backups.
    var names: [String] {
        get throws {
            guard Files.kind(backups) != nil else { return [] }
            return try Files.names("test.names", in: backups)
        }
    }

    func restoreOrder(_ file: String, isUnchecked: Bool = false) -> RestoreOrder {
        RestoreOrder(
            file: file, fit: .unknown, preferred: nil, isUnchecked: isUnchecked,
            safety: order(.safety))
    }

    /// Runs SQL in a process of its own and returns the first value.
    func value(_ sql: String, of file: String? = nil) throws -> String {
        let output = scratch.folder.path + "/value"
        try Python.run(
            """
            value = sqlite3.connect('file:%s?mode=ro' % sys.argv[1], uri=True).execute(
                '''\(sql)''').fetchone()[0]
            open('\(output)', 'w').write(str(value))
            """, path: file ?? path)
        return try String(contentsOfFile: output, encoding: .utf8)
    }

    func change(_ sql: String) throws {
        try Python.run(
            """
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            db.execute('''\(sql)''')
            db.close()
            """, path: path)
    }
}
