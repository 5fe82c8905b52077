import Control
import GRDB
import Kernel
import Testing

/// The gate: what the database has against what an app expects.
@Suite("The gate", .serialized, .timeLimit(.minutes(1)))
struct GateTests {
    private static let first = "20240115093000_Initial"
    private static let second = "20240220141500_AddBudget"
    private static let third = "20240312081000_AddPayee"

    /// A database with EF Core's history, and two apps; blue fits it.
    private struct Stage {
        let folder: Scratch
        let colors: TwoColors

        init(applied: [String], greenKnows: [String]?) throws {
            let folder = try Scratch()
            self.folder = folder
            try Self.write(applied, to: folder.file("app.db"))
            colors = try TwoColors {
                $0.services[0].database = [
                    "sqlite: \(folder.file("app.db"))", "expect: {health_field: migration}",
                ]
            }
            colors.blue.health = Self.health(applied)
            colors.green.health = greenKnows.map(Self.health) ?? "{\"status\":\"Healthy\"}"
            try Wait.until("the probes have read what the colors expect") {
                let seen = try colors.bascule.service().colors.map(\.expects)
                return seen == [applied.last, greenKnows?.last]
            }
        }

        private static func write(_ applied: [String], to path: String) throws {
            let queue = try DatabaseQueue(path: path)
            try queue.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE "__EFMigrationsHistory" (
                            "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory"
                                PRIMARY KEY,
                            "ProductVersion" TEXT NOT NULL);
                        CREATE TABLE "__EFMigrationsLock" (
                            "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
                            "Timestamp" TEXT NOT NULL);
                        CREATE TABLE "Notes" ("Id" INTEGER PRIMARY KEY, "Text" TEXT);
                        """)
                for id in applied {
                    try database.execute(
                        sql: #"INSERT INTO "__EFMigrationsHistory" VALUES (?, '9.0.0')"#,
                        arguments: [id])
                }
            }
        }

        private static func health(_ known: [String]) -> String {
            let list = known.map { "\"\($0)\"" }.joined(separator: ",")
            return "{\"status\":\"Healthy\",\"migration\":\"\(known.last ?? "")\","
                + "\"migrations\":[\(list)]}"
        }

        func execute(_ statement: String) throws {
            try DatabaseQueue(path: folder.file("app.db"), configuration: .patient).write {
                try $0.execute(sql: statement)
            }
        }

        /// The gate's finding for green, and that a switch says and does the same.
        func finding() throws -> Check {
            let checked = try colors.bascule.run("check", "--to", "green", "--json")
            let answer = try checked.answer(CheckAnswer.self)
            let finding = try #require(answer.checks.first { $0.name == .migrations })
            let command = try colors.bascule.run("switch", "green")
            #expect(checked.code == (finding.state == .refused ? 3 : 0))
            #expect(command.code == checked.code, "\(command.errors)")
            if let verdict = finding.verdict, finding.state == .refused {
                #expect((command.output + command.errors).contains(verdict))
            }
            let serving = try colors.bascule.get("/").text
            #expect(serving == (finding.state == .refused ? "blue" : "green"))
            return finding
        }
    }

    @Test("The same migrations on both sides match")
    func match() throws {
        let stage = try Stage(
            applied: [Self.first, Self.second], greenKnows: [Self.first, Self.second])
        #expect(try stage.finding().state == .passed)
        let migrations = try #require(try stage.colors.bascule.service().database?.migrations)
        #expect(migrations.tool == "efcore")
        #expect(migrations.latest == Self.second)
        #expect(migrations.count == 2)
    }

    /// What is applied and what green knows, and what the gate calls that.
    enum Misfit: String, CaseIterable, Sendable {
        case behind = "database-behind"
        case diverged, unstated
        case ahead = "database-ahead"

        var applied: [String] { self == .behind ? [first] : [first, second] }

        var known: [String]? {
            switch self {
            case .behind: [first, second]
            case .diverged: [first, third]
            case .unstated: nil
            case .ahead: [first]
            }
        }
    }

    @Test(
        "What does not fit is refused under its own name, and blue goes on",
        arguments: Misfit.allCases)
    func refused(misfit: Misfit) throws {
        let stage = try Stage(applied: misfit.applied, greenKnows: misfit.known)
        let finding = try stage.finding()
        #expect(finding.state == .refused)
        #expect(finding.verdict == misfit.rawValue)
        #expect(finding.saw?.isEmpty == false)
        #expect(finding.hint?.isEmpty == false)
    }

    @Test("A left-over lock of a migration is refused as dirty, with its age, until it is gone")
    func dirty() throws {
        let stage = try Stage(applied: [Self.first], greenKnows: [Self.first])
        try stage.execute(
            #"INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-15 14:30:00.000+00:00')"#)
        let finding = try stage.finding()
        #expect(finding.verdict == "dirty")
        #expect(finding.state == .refused)
        try stage.execute(#"DELETE FROM "__EFMigrationsLock""#)
        #expect(try stage.finding().state == .passed)
    }

    @Test("An override is taken by name and the switch then done")
    func override() throws {
        let stage = try Stage(applied: [Self.first], greenKnows: [Self.first, Self.second])
        #expect(try stage.finding().verdict == "database-behind")
        let command = try stage.colors.bascule.run(
            "switch", "green", "--override", "migrations")
        #expect(command.code == 0, "\(command.errors)")
        #expect(try stage.colors.bascule.get("/").text == "green")
    }
}
