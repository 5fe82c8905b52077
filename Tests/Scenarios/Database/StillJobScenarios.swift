import Board
import Control
import Kernel
import Testing

/// Jobs on the database that neither go on nor end.
@Suite("A job that stands still", .serialized, .timeLimit(.minutes(4)))
struct StillJobScenarios {
    @Test("is killed, and its service is free again")
    func stopped() throws {
        let stage = try DatabaseStage(faults: "backup.copy=stop")
        let program = try stage.bascule.start(["switch", "green"])
        let job = try Wait.forValue("the job stands still") {
            stage.bascule.roles.first {
                $0.title == "bascule: database web" && ProcessFacts.isStopped($0.pid)
            }?.pid
        }
        #expect(try stage.bascule.run("db", "prune").code == 7)
        // Silent for a minute.
        let command = try Command(program, seconds: 120)
        #expect(command.code == 3, "\(command.output)\(command.errors)")
        #expect(command.output.contains("stood still for 60 s and was killed"), "\(command.output)")
        #expect(!ProcessFacts.isRunning(job))
        let again = try stage.bascule.run("switch", "green", "--no-backup")
        #expect(again.code == 0, "\(again.output)\(again.errors)")
    }

    @Test("does not outlast the time for the whole operation, in the preflight either")
    func timeout() throws {
        let stage = try DatabaseStage(faults: "backup.space=stop")
        let began = Instant.now
        let command = try stage.bascule.run("switch", "green", "--timeout", "2s")
        #expect(command.code == 4, "\(command.output)\(command.errors)")
        #expect(Instant.now.milliseconds(since: began) < 20_000)
        #expect(try stage.bascule.service().active == .blue)
        #expect(try stage.bascule.service().operation == nil)
    }
}
