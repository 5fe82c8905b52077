import Foundation
import Kernel
import LoadClient
import Synchronization
import Testing

/// A folder with one database, and ledgers that run on it; all gone with the test.
final class LedgerBench {
    let folder: URL
    var database: String { folder.appendingPathComponent("ledger.db").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("bascule-ledger-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Runs until the bench goes, listening at a port of its own.
    func start(_ color: String, level: Int = 3, migrates: Bool = true) throws -> RunningLedger {
        let output = folder.appendingPathComponent("\(color)-\(UUID().uuidString).out")
        let log = folder.appendingPathComponent("\(color).accepted")
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("bascule-ledger").path
        let program = try Program(
            "test.ledger", executable: executable,
            arguments: [
                "bascule-ledger", "--color", color, "--port", "0", "--database", database,
                "--schema-level", "\(level)", "--log", log.path,
                migrates ? "--migrate" : "--no-migrate",
            ],
            environment: ["PATH=/usr/bin:/bin"], output: .file(output.path))
        let ledger = RunningLedger(program: program, output: output.path, log: log)
        try ledger.awaitPort()
        return ledger
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            Issue.record("the bench's folder stays: \(error)")
        }
    }
}

final class RunningLedger {
    let program: Program
    private let output: String
    private let log: URL
    private(set) var address = SocketAddress.ipv4(0x7f00_0001, port: 0)

    init(program: Program, output: String, log: URL) {
        self.program = program
        self.output = output
        self.log = log
    }

    func awaitPort() throws {
        try eventually(within: .seconds(20)) {
            let text = try String(contentsOfFile: self.output, encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.contains("port ") }),
                let port = UInt16(line.split(separator: " ").last ?? "")
            else { return false }
            self.address = .ipv4(0x7f00_0001, port: port)
            return true
        }
    }

    func awaitHealthy() throws {
        try eventually(within: .seconds(20)) { try self.get("/health").status == 200 }
    }

    func get(_ path: String) throws -> Call.Reply { try send("GET", path) }

    func send(_ method: String, _ path: String, _ body: String = "") throws -> Call.Reply {
        try Call.send(
            method, path, body: body, to: address,
            until: Instant.now.advanced(byNanoseconds: 20_000_000_000))
    }

    /// Ids in its log of accepted transactions.
    var accepted: [String] {
        get throws {
            try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
                .map { String($0.split(separator: " ")[1]) }
        }
    }

    func ended(within limit: Duration) throws -> ChildProcess.Ending? {
        try eventually(within: limit) { self.program.ending() != nil }
        return program.ending()
    }

    deinit {
        program.send(.kill)
        while program.ending() == nil { usleep(1_000) }
    }
}

/// A request that a thread of its own waits for.
final class Background: Sendable {
    private let result = Mutex<Result<Call.Reply, Call.Failure>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(_ address: SocketAddress, _ path: String) {
        Thread.detachNewThread { [self] in
            let reply = Result { () throws(Call.Failure) in
                try Call.send(
                    "GET", path, to: address,
                    until: Instant.now.advanced(byNanoseconds: 15_000_000_000))
            }
            result.withLock { $0 = reply }
            ended.signal()
        }
    }

    /// Waits for it; throws what went wrong.
    func reply() throws -> Call.Reply {
        ended.wait()
        defer { ended.signal() }
        return try #require(result.withLock { $0 }).get()
    }

    /// Waits for the end, a failure included.
    var hasEnded: Bool { ended.wait(timeout: .now() + 15) == .success }
}

/// Looks every five milliseconds; throws after the limit.
func eventually(within limit: Duration, _ isDone: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + limit
    while try !isDone() {
        try #require(ContinuousClock.now < deadline, "waited \(limit) in vain")
        usleep(5_000)
    }
}

extension Call.Reply {
    var text: String { String(decoding: body, as: UTF8.self) }
    func object() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }
}
