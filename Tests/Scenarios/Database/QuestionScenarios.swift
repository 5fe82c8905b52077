import Board
import Control
import Kernel
import Testing

/// What a person at a terminal is asked before a database goes back.
@Suite("The question before a restore", .serialized, .timeLimit(.minutes(2)))
struct QuestionScenarios {
    private static let question = "[y/N] "

    private func run(
        _ stage: DatabaseStage, _ words: [String], answer: String
    ) throws -> Command {
        try TerminalDriver.run(
            [BuildFolder.path(of: "bascule")] + words, [.init(Self.question, answer)],
            environment: ["BASCULE_SOCKET": stage.bascule.socket, "NO_COLOR": "1"])
    }

    /// That nothing is said or done but what the dry run showed.
    private func expectUntouched(_ command: Command, _ stage: DatabaseStage, rows: Int) throws {
        #expect(command.output.contains("would be lost"), "\(command.output)")
        #expect(!command.output.contains("done:"), "\(command.output)")
        #expect(try stage.rows() == rows)
        let service = try stage.bascule.service()
        #expect(service.phase == .open && service.operation == nil)
    }

    @Test("Ctrl-C ends it, a no is said, and neither changes anything; a yes restores")
    func restore() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        try stage.add(3, "since")
        let words = ["db", "restore", backup]
        let interrupted = try run(stage, words, answer: TerminalDriver.interrupt)
        #expect(interrupted.code == 130, "\(interrupted.output)")
        try expectUntouched(interrupted, stage, rows: 3)
        for answer in ["n\n", "\n", "\u{4}"] {
            let refused = try run(stage, words, answer: answer)
            #expect(refused.code == 3, "\(refused.output)")
            #expect(refused.output.contains("bascule: nothing was restored"), "\(refused.output)")
            try expectUntouched(refused, stage, rows: 3)
        }
        #expect(try stage.backups == [backup])
        let restored = try run(stage, words, answer: "y\n")
        #expect(restored.code == 0, "\(restored.output)")
        #expect(restored.output.contains("done:"), "\(restored.output)")
        #expect(try stage.rows() == 0)
    }

    @Test("Before a rollback that takes the database back it is the same")
    func rollback() throws {
        let stage = try DatabaseStage()
        #expect(try stage.bascule.run("switch", "green", "--watch", "0s").code == 0)
        try stage.add(2, "since")
        let words = ["rollback", "--restore-database"]
        let interrupted = try run(stage, words, answer: TerminalDriver.interrupt)
        #expect(interrupted.code == 130, "\(interrupted.output)")
        try expectUntouched(interrupted, stage, rows: 2)
        let refused = try run(stage, words, answer: "no\n")
        #expect(refused.code == 3, "\(refused.output)")
        #expect(refused.output.contains("nothing was restored"), "\(refused.output)")
        try expectUntouched(refused, stage, rows: 2)
        #expect(try stage.bascule.service().active == .green)
    }

    @Test("What would be refused anyway is not asked about")
    func refusal() throws {
        let stage = try TwoVersions()
        #expect(try stage.bascule.run("db", "backup").code == 0)
        let backups = try Files.names("test.names", in: stage.folder.file("backups"))
        let backup = try #require(backups.first { $0.hasSuffix(".db") })
        try stage.contract()
        stage.blue.health = stage.green.health
        try Wait.until("blue states both") {
            try stage.bascule.service().colors.first?.expects == TwoVersions.second
        }
        let command = try TerminalDriver.run(
            [BuildFolder.path(of: "bascule"), "db", "restore", backup],
            [.init(Self.question, "y\n")],
            environment: ["BASCULE_SOCKET": stage.bascule.socket, "NO_COLOR": "1"])
        #expect(command.code == 3, "\(command.output)")
        #expect(command.output.contains("does not fit blue"), "\(command.output)")
        #expect(!command.output.contains(Self.question), "\(command.output)")
    }

    @Test("The control API refuses an override that a restore does not ask for")
    func foreignOverride() throws {
        let stage = try DatabaseStage()
        let backup = try stage.backUp()
        let answer = try RawConnection(to: .unix(path: stage.bascule.socket)).post(
            "/v1/services/web/database/restore",
            #"{"file":"\#(backup)","dry_run":true,"override":["backup","disk"]}"#,
            "Content-Type: application/json")
        #expect(answer.status == 400, "\(answer.text)")
        #expect(answer.text.contains("found disk"), "\(answer.text)")
        #expect(answer.text.contains("migrations, schema, backup"), "\(answer.text)")
    }
}
