import Board
import Control
import Testing

/// Who only looks must not change what a way back is judged by.
@Suite("A status during an operation", .serialized, .timeLimit(.minutes(2)))
struct StatusTraceScenarios {
    @Test("What the schema was made for is not forgotten by those who ask during a watch")
    func watch() throws {
        let stage = try TwoVersions(
            switchover: ["watch: 3s", "hold_timeout: 10s", "drain_timeout: 8s"])
        try stage.contract()
        #expect(try stage.bascule.run("switch", "green", "--detach").code == 0)
        var asked = 0
        try Wait.until("the watch is over", seconds: 30) {
            let service = try stage.bascule.service()
            if service.operation?.step == .watch { asked += 1 }
            if service.active == .green { #expect(!service.rollback.possible) }
            return service.operation == nil
        }
        #expect(asked > 0)
        #expect(try stage.bascule.service().active == .green)
        try expectBreak(stage)
    }

    @Test("Nor by those who ask during a backup, or when nothing goes on")
    func backup() throws {
        let stage = try TwoVersions()
        try stage.contract()
        #expect(try stage.bascule.run("switch", "green").code == 0)
        let program = try stage.bascule.start(["db", "backup"])
        while program.isRunning { _ = try stage.bascule.status() }
        #expect(try program.ending() == 0)
        for _ in 0..<3 { _ = try stage.bascule.status() }
        try expectBreak(stage)
    }

    /// The way back is closed, for whoever asks and for whoever tries.
    private func expectBreak(_ stage: TwoVersions) throws {
        let status = try stage.bascule.service()
        #expect(!status.rollback.possible, "\(String(describing: status.rollback))")
        let check = try stage.bascule.run("check", "--to", "blue", "--json")
            .answer(CheckAnswer.self)
        #expect(check.checks.first { $0.name == .schema }?.verdict == "break", "\(check.checks)")
        let rollback = try stage.bascule.run("rollback")
        #expect(rollback.code == 3, "\(rollback.output)")
        #expect(try stage.bascule.service().active == .green)
    }
}
