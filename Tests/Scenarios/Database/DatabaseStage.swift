import Control
import Foundation
import GRDB
import Kernel
import LoadClient

/// Two ledgers on one file with backups, behind Bascule. A trigger keeps a running checksum of all
/// transactions in the order in which they were committed.
struct DatabaseStage {
    let folder: Scratch
    let blue: Ledger
    let green: Ledger
    let bascule: Bascule
    let category: Int

    /// `again`: the folder of a stage that has ended, with its database and backups. `wrapper`: a
    /// program that starts Bascule.
    init(
        again: Scratch? = nil, faults: String? = nil, wrapper: [String] = [], backup: [String] = [],
        database: [String] = [],
        folder: Scratch? = nil, prepare: (Scratch) throws -> Void = { _ in }
    ) throws {
        let folder = try again ?? folder ?? Scratch()
        self.folder = folder
        blue = try Ledger("blue", level: 2, in: folder)
        green = try Ledger("green", level: 2, in: folder, migrates: false)
        if again == nil {
            category = try blue.makeCategory("Food")
            try Self.addChain(Ledger.database(in: folder))
        } else {
            category = 1
        }
        try prepare(folder)
        var service = Configuration.Service()
        service.blue = [blue.address.description]
        service.green = [green.address.description]
        let keys = ["directory: \(folder.file("backups"))"] + backup
        service.database =
            [
                "sqlite: \(Ledger.database(in: folder))", "expect: {health_field: migration}",
                "backup: {\(keys.joined(separator: ", "))}",
            ] + database
        bascule = try Bascule(
            Configuration([service]),
            wrapper: faults.map { ["/usr/bin/env", "BASCULE_FAULTS=\($0)"] } ?? wrapper,
            folder: folder)
        try bascule.waitForHealth()
    }

    private static func addChain(_ path: String) throws {
        try DatabaseQueue(path: path).write { database in
            try database.execute(
                sql: """
                    CREATE TABLE Chain (Id INTEGER PRIMARY KEY, Row TEXT, Sum INTEGER NOT NULL);
                    CREATE TRIGGER Chained AFTER INSERT ON "Transactions" BEGIN
                        INSERT INTO Chain (Row, Sum) SELECT NEW."Id",
                            (coalesce((SELECT Sum FROM Chain ORDER BY Id DESC LIMIT 1), 0) * 31
                                + coalesce((SELECT max(Id) FROM Chain), 0) + 1) % 1000003;
                    END;
                    """)
        }
    }

    /// Whether the database in a file is the state of one instant: every link of the chain follows
    /// from the one before, and there are as many as transactions.
    static func isWhole(_ path: String) throws -> Bool {
        var configuration = GRDB.Configuration.patient
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read { database in
            let links = try Row.fetchAll(database, sql: "SELECT Id, Sum FROM Chain ORDER BY Id")
            let rows = try Int.fetchOne(database, sql: #"SELECT count(*) FROM "Transactions""#)
            var sum = 0
            for (index, link) in links.enumerated() {
                sum = (sum * 31 + index + 1) % 1_000_003
                guard link["Id"] == index + 1, link["Sum"] == sum else { return false }
            }
            let check = try String.fetchAll(database, sql: "PRAGMA integrity_check")
            return rows == links.count && check == ["ok"]
        }
    }

    var live: String { Ledger.database(in: folder) }

    func file(_ backup: String) -> String { folder.file("backups/\(backup)") }

    /// The names of backups that count, oldest first.
    var backups: [String] {
        get throws {
            guard Files.kind(folder.file("backups")) != nil else { return [] }
            return try Files.names("test.names", in: folder.file("backups"))
                .filter { $0.hasSuffix(".db") }
        }
    }

    func entries() throws -> [BackupEntry] {
        let command = try bascule.run("db", "backups", "--json")
        return try command.answer(BackupsAnswer.self).backups
    }

    func startLoad(_ prefix: String) throws -> Load {
        try Load(
            LoadPlan(
                to: bascule.address, prefix: prefix, connections: 4, restMilliseconds: 4,
                category: category))
    }

    /// Makes a backup and returns its name.
    func backUp() throws -> String {
        let command = try bascule.run("db", "backup", "--json")
        guard command.code == 0, let last = try command.events().last,
            case .object(let manifest) = last.details["backup"],
            case .string(let file) = manifest["file"]
        else { throw Wait.TimedOut(what: "a backup: \(command.output)", seconds: 0) }
        return file
    }

    /// A few transactions through the door, one after the other.
    func add(_ count: Int, _ prefix: String) throws {
        let load = try Load(
            LoadPlan(
                to: bascule.address, prefix: prefix, connections: 1, restMilliseconds: 0,
                requestsMax: count * 2, category: category))
        try Wait.until("\(count) transactions", seconds: 20) {
            load.progress.requests >= count * 2
        }
        _ = load.finish()
    }

    func rows() throws -> Int {
        var configuration = GRDB.Configuration.patient
        configuration.readonly = true
        return try DatabaseQueue(path: live, configuration: configuration).read {
            try Int.fetchOne($0, sql: #"SELECT count(*) FROM "Transactions""#) ?? 0
        }
    }
}

extension LoadReport {
    /// What a client may not see: anything but a good answer, except that a transaction is not
    /// found any more which a restore has taken away.
    var broken: [LoadRecord] {
        failed.filter { !($0.kind == .read && $0.status == 404) }
    }
}
