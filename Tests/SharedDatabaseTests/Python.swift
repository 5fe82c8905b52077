import Foundation
import Testing

/// Databases made and held by another process: locks of one process do not conflict with each
/// other, so that only a second process shows what a gate meets.
struct Python {
    /// Runs a script to its end. `path` is in its `sys.argv[1]`.
    static func run(_ script: String, path: String) throws {
        let process = try start(script, path: path, input: Pipe(), output: Pipe())
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "the script failed:\n\(script)")
    }

    fileprivate static func start(
        _ script: String, path: String, input: Pipe, output: Pipe
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import sqlite3, sys, os\n" + script, path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        return process
    }
}

/// A process that has done its script and keeps everything it opened until it is let go.
final class Holder {
    private let process: Process
    private let input = Pipe()

    /// Returns when the script has run.
    init(_ script: String, path: String) throws {
        let output = Pipe()
        process = try Python.start(
            script + "\nos.write(1, b'ready\\n')\nsys.stdin.read()\nos._exit(0)",
            path: path, input: input, output: output)
        let line = output.fileHandleForReading.availableData
        try #require(String(decoding: line, as: UTF8.self) == "ready\n")
    }

    var pid: Int32 { process.processIdentifier }

    /// Ends it as a crash would: nothing is rolled back or closed.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func release() {
        input.fileHandleForWriting.closeFile()
        process.waitUntilExit()
    }

    deinit { if process.isRunning { process.terminate() } }
}

/// A folder of one test, gone with it.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("bascule-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// The database of the test.
    var path: String { folder.appendingPathComponent("app.db").resolvingSymlinksInPath().path }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    deinit {
        do {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: folder.path)
            try FileManager.default.removeItem(at: folder)
        } catch {
            Issue.record("the scratch folder stays: \(error)")
        }
    }
}

/// Python that makes a database as EF Core on SQLite would, with these migrations applied.
func efDatabase(_ ids: [String], mode: String = "WAL", extra: String = "") -> String {
    """
    db = sqlite3.connect(sys.argv[1], isolation_level=None)
    db.execute('PRAGMA journal_mode=\(mode)')
    db.execute('CREATE TABLE Categories (Id INTEGER PRIMARY KEY, Name TEXT NOT NULL)')
    db.execute('''CREATE TABLE "__EFMigrationsHistory" (
        "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
        "ProductVersion" TEXT NOT NULL)''')
    db.execute('''CREATE TABLE "__EFMigrationsLock" (
        "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
        "Timestamp" TEXT NOT NULL)''')
    for id in \(ids.map { "'\($0)'" }.joined(separator: ", ").bracketed):
        db.execute('INSERT INTO "__EFMigrationsHistory" VALUES (?, ?)', (id, '9.0.0'))
    \(extra)

    """
}

extension String {
    fileprivate var bracketed: String { "[" + self + "]" }
}
