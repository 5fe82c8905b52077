import Board
import Control
import Foundation
import GRDB
import Kernel
import LoadClient

/// A ledger that serves and one that would, on one file with backups, behind Bascule; and commands
/// that migrate it.
struct DeployStage {
    let folder: Scratch
    let blue: Ledger
    let green: Ledger
    let bascule: Bascule
    let category: Int

    /// `greenLevel`: 3 needs what `DeployScript` adds.
    /// `database`: further keys of that, where `%FOLDER%` is the stage's.
    init(
        greenLevel: Int = 3, deploy: [String] = [], database: [String] = [], faults: String? = nil
    ) throws {
        let folder = try Scratch()
        self.folder = folder
        blue = try Ledger("blue", level: 2, in: folder)
        green = try Ledger("green", level: greenLevel, in: folder, migrates: false)
        category = try blue.makeCategory("Food")
        var service = Configuration.Service()
        service.blue = [blue.address.description]
        service.green = [green.address.description]
        service.lines = ["expose_color: true"]
        if !deploy.isEmpty {
            service.lines.append("deploy: {\(deploy.joined(separator: ", "))}")
        }
        service.database = [
            "sqlite: \(Ledger.database(in: folder))", "expect: {health_field: migration}",
            "backup: {directory: \(folder.file("backups"))}",
        ]
        service.database += database.map { $0.replacing("%FOLDER%", with: folder.path) }
        bascule = try Bascule(
            Configuration([service]),
            wrapper: faults.map { ["/usr/bin/env", "BASCULE_FAULTS=\($0)"] } ?? [], folder: folder)
        try bascule.waitForHealth()
        // What the schema is has to be known before it changes.
        try Wait.until("the schema is recorded") {
            try Data(contentsOf: URL(filePath: folder.file("state/journal.jsonl")))
                .range(of: Data("\"sighting\"".utf8)) != nil
        }
    }

    // MARK: Commands

    /// Starts `bascule deploy` with this script as its command.
    func start(_ script: DeployScript, to color: String = "green", _ flags: [String] = []) throws
        -> Program
    {
        for name in ["at", "go"] { try clear(name) }
        let text = script.text.replacing("%FOLDER%", with: folder.path)
        return try bascule.start(
            ["deploy", color, "--json"] + flags + ["--", "/bin/sh", "-c", text])
    }

    func deploy(_ script: DeployScript, to color: String = "green", _ flags: [String] = []) throws
        -> Command
    {
        try Command(start(script, to: color, flags))
    }

    /// Runs a script beside Bascule, with nothing to protect it.
    func runAlone(_ script: DeployScript) throws -> Program {
        for name in ["at", "go"] { try clear(name) }
        let text = script.text.replacing("%FOLDER%", with: folder.path)
        return try Program("/bin/sh", ["-c", text])
    }

    /// The script is at its point.
    func waitForPoint(_ program: Program) throws {
        try Wait.until("the script is at its point: \(program.standardOutput)", seconds: 20) {
            Files.kind(folder.file("at")) != nil || !program.isRunning
        }
    }

    func letGo() throws { try folder.write("", to: "go") }

    private func clear(_ name: String) throws {
        guard Files.kind(folder.file(name)) != nil else { return }
        try FileManager.default.removeItem(atPath: folder.file(name))
    }

    // MARK: The load

    func startLoad(_ prefix: String, connections: Int = 12) throws -> Load {
        let load = try Load(
            LoadPlan(
                to: bascule.address, prefix: prefix, connections: connections,
                restMilliseconds: 1, category: category))
        try Wait.until("the load is on its way") { load.progress.requests > connections * 4 }
        return load
    }

    /// Ends a load and returns what of it was acknowledged and is not stored.
    func finish(_ load: Load) throws -> (report: LoadReport, missing: [String]) {
        let before = load.progress.requests
        try Wait.until("the load goes on", seconds: 20) { load.progress.requests > before + 24 }
        let report = load.finish()
        let stored = Set(try self.stored())
        return (report, report.acknowledged.filter { !stored.contains($0) })
    }

    // MARK: The database

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(
            path: Ledger.database(in: folder), configuration: configuration
        ).read(body)
    }

    func stored() throws -> [String] {
        try read { try String.fetchAll($0, sql: #"SELECT "Id" FROM "Transactions""#) }
    }

    /// Names of all tables, sorted.
    func tables() throws -> [String] {
        try read {
            try String.fetchAll(
                $0, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        }
    }

    func migrations() throws -> Int {
        try read {
            try Int.fetchOne($0, sql: #"SELECT count(*) FROM "__EFMigrationsHistory""#) ?? 0
        }
    }
}
