import Board
import Control
import Foundation
import Kernel
import LoadClient
import Testing

/// `bascule deploy --rehearse` as a whole: the new version is tried on a clone, then it is let at
/// the live database, or it is not.
@Suite("Deploys with a rehearsal", .serialized, .timeLimit(.minutes(3)))
struct DeployRehearsalTests {
    /// A program that does to `BASCULE_DATABASE` what a file of SQL in the stage's folder says.
    private static let program = [
        "rehearse: [\"/bin/sh\", \"-c\","
            + " \"sqlite3 -bail $BASCULE_DATABASE < %FOLDER%/rehearsal.sql\"]"
    ]
    private static let good = """
        BEGIN;
        ALTER TABLE "Transactions" ADD "Payee" TEXT NULL;
        CREATE INDEX "IX_Transactions_Payee" ON "Transactions" ("Payee");
        INSERT INTO "__EFMigrationsHistory" VALUES ('20240312081000_AddPayee', '9.0.0');
        COMMIT;
        """

    private func stage(_ sql: String) throws -> DeployStage {
        let stage = try DeployStage(database: Self.program)
        try stage.folder.write(sql, to: "rehearsal.sql")
        return stage
    }

    /// What a deploy's history keeps of the rehearsal.
    private func rehearsal(_ events: [Event]) throws -> [String: JSONValue] {
        let told = events.compactMap { event -> [String: JSONValue]? in
            guard event.step == .rehearse, case .object(let found) = event.details["rehearsal"]
            else { return nil }
            return found
        }
        return try #require(told.first)
    }

    @Test("One that ends well lets the deploy go on, to the end; its result stands in the journal")
    func good() throws {
        let stage = try stage(Self.good)
        let load = try stage.startLoad("rehearsed", connections: 4)
        let command = try stage.deploy(DeployScript(), ["--rehearse"])
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        #expect(try stage.bascule.service().active == .green)
        #expect(try stage.migrations() == 3)
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(3))")
        #expect(missing.isEmpty)
        let events = try command.events()
        let steps = events.filter { $0.state == .passed }.map(\.step)
        #expect(
            Array(steps.prefix(5)) == [.lock, .preflight, .backup, .rehearse, .hold], "\(steps)")
        let operation = try #require(events.last?.operation)
        let entry = try stage.bascule.run("history", "web", operation, "--json")
            .answer(HistoryEntry.self)
        for found in [try rehearsal(events), try rehearsal(entry.events ?? [])] {
            #expect(found["verdict"] == .string("safe"))
            #expect(found["applied"] == .array([.string("20240312081000_AddPayee")]))
        }
        // The certificate: blue, which knows two migrations, may serve on the schema of the three.
        let journal = stage.folder.text(of: "state/journal.jsonl")
        #expect(journal.contains("\"certificate\""))
        let back = try stage.bascule.run("rollback", "--json")
        #expect(back.code == 0, "\(back.output)\(back.errors)")
    }

    @Test("One that breaks the code that serves is exit 3: nothing was held, nothing was written")
    func breaks() throws {
        let stage = try stage(#"ALTER TABLE "Transactions" RENAME TO "Bookings";"#)
        let load = try stage.startLoad("broken", connections: 4)
        let command = try stage.deploy(DeployScript(), ["--rehearse"])
        #expect(command.code == 3, "\(command.output)")
        let events = try command.events()
        #expect(!events.contains { $0.step == .hold || $0.step == .command })
        let words = String(describing: events.last?.details)
        #expect(words.contains("transactions"), "\(words)")
        #expect(try rehearsal(events)["verdict"] == .string("break"))
        #expect(events.last?.ending?.report.held == 0)
        // The command did not run, and the live database has what clients have put there.
        #expect(Files.kind(stage.folder.file("at")) == nil)
        #expect(try stage.tables().contains("Transactions"))
        #expect(try !stage.tables().contains("Bookings"))
        #expect(try stage.migrations() == 2)
        let service = try stage.bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .open)
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(3))")
        #expect(missing.isEmpty)
    }

    @Test("A program that fails, or runs on, refuses as well, and leaves no clone behind")
    func fails() throws {
        let stage = try stage("CREATE TABLE;")
        let command = try stage.deploy(DeployScript(), ["--rehearse"])
        #expect(command.code == 3, "\(command.output)")
        #expect(try !command.events().contains { $0.step == .hold })
        #expect(Files.kind(stage.folder.file("at")) == nil)
        try stage.folder.write(".shell sleep 60", to: "rehearsal.sql")
        let hangs = try stage.deploy(DeployScript(), ["--rehearse", "--timeout", "1s"])
        // It ran out of time, which is not the same as having failed.
        #expect(hangs.code == 4, "\(hangs.output)")
        #expect(try !hangs.events().contains { $0.step == .hold })
        let names = try Files.names("test.names", in: stage.folder.file("backups"))
        #expect(names.allSatisfy { $0.hasPrefix("web-") }, "\(names)")
        #expect(try stage.bascule.service().phase == .open)
    }

    @Test("Without database.rehearse it is wrong usage, and says which key is missing")
    func unconfigured() throws {
        let stage = try DeployStage()
        let command = try stage.bascule.run("deploy", "green", "--rehearse", "--", "true")
        #expect(command.code == 64, "\(command.output)\(command.errors)")
        #expect(command.errors.contains("services.web.database.rehearse"), "\(command.errors)")
        let history = try stage.bascule.run("history", "--json").answer(HistoryAnswer.self)
        #expect(!history.operations.contains { $0.kind == .deploy })
    }
}
