import Foundation
import Kernel
import LoadClient
import Testing

/// EF Core's table rebuild against writers of the running color.
@Suite("The rebuild race", .serialized, .timeLimit(.minutes(10)))
struct DeployRaceTests {
    /// `BASCULE_ROUNDS` for a soak.
    private static let rounds =
        ProcessInfo.processInfo.environment["BASCULE_ROUNDS"].flatMap { Int($0) } ?? 20

    @Test("Without a deploy around it, the rebuild loses writes that were acknowledged")
    func unprotected() throws {
        let stage = try DeployStage(greenLevel: 2)
        let load = try stage.startLoad("alone")
        let script = try stage.runAlone(DeployScript(act: .waits, addsPayee: false))
        try stage.waitForPoint(script)
        let before = load.progress.requests
        try Wait.until("writes fall between") { load.progress.requests > before + 60 }
        try stage.letGo()
        #expect(try script.ending() == 0, "\(script.standardError)")
        let (_, missing) = try stage.finish(load)
        #expect(missing.count > 0)
    }

    @Test("Within a deploy it loses none, and no request fails")
    func protected() throws {
        let stage = try DeployStage(greenLevel: 2)
        let load = try stage.startLoad("deploy")
        for round in 0..<Self.rounds {
            let color = round.isMultiple(of: 2) ? "green" : "blue"
            let program = try stage.start(
                DeployScript(act: .waits, addsPayee: false), to: color, ["--no-backup"])
            try stage.waitForPoint(program)
            // All that was under way is over: what is sent now waits.
            var last = -1
            try Wait.until("the writers wait, round \(round)") {
                let now = load.progress.requests
                defer { last = now }
                ThisProcess.pause(milliseconds: 5)
                return now == last
            }
            try stage.letGo()
            let command = try Command(program)
            #expect(command.code == 0, "round \(round): \(command.output)\(command.errors)")
        }
        let (report, missing) = try stage.finish(load)
        #expect(report.failed.isEmpty, "\(report.failed.prefix(3))")
        #expect(missing.isEmpty, "\(missing.count) of \(report.acknowledged.count)")
        #expect(report.acknowledged.count > 20 * Self.rounds)
    }
}
