import Board
import Control
import Foundation
import Kernel
import Testing

/// kill -9 of whoever works on the database, at moments that nobody chose.
@Suite("Sudden deaths during backups and restores", .serialized, .timeLimit(.minutes(10)))
struct SuddenDeathScenarios {
    /// `BASCULE_ROUNDS` for a soak.
    private static let rounds =
        ProcessInfo.processInfo.environment["BASCULE_ROUNDS"].flatMap { Int($0) } ?? 40
    /// One round in so many kills the controller; a supervisor starts it ever later again.
    private static let controllerEvery = 8

    /// About what a job here takes, so that kills are spread over all of it.
    private static let pauseMax = 30

    @Test("Whoever dies, the live database is whole and old backups stay what they were")
    func rounds() throws {
        let stage = try DatabaseStage(backup: ["keep: 1000"])
        try stage.add(10, "first")
        let first = try stage.backUp()
        let kept = try Data(contentsOf: URL(filePath: stage.file(first)))
        var killed = 0
        for round in 0..<Self.rounds {
            let before = try stage.rows()
            let verb = round.isMultiple(of: 2) ? ["db", "backup"] : ["db", "restore", first]
            let program = try stage.bascule.start(verb)
            let isController = round % Self.controllerEvery == 3
            if try kill(isController ? "controller" : "database web", in: stage, unless: program) {
                killed += 1
            }
            _ = try program.ending(within: 30)
            try Wait.until("the service is open, round \(round)", seconds: 30) {
                let command = try stage.bascule.run("status", "--json")
                guard command.code == 0 else { return false }
                let status = try command.answer(Status.self).services[0]
                return status.phase == .open && status.operation == nil
            }
            #expect([10, before].contains(try stage.rows()), "round \(round)")
            #expect(try DatabaseStage.isWhole(stage.live), "round \(round)")
            #expect(try Data(contentsOf: URL(filePath: stage.file(first))) == kept)
            // So that a restore has something to take away.
            if round % 8 == 7 { try stage.add(1, "round\(round)") }
        }
        #expect(killed > Self.rounds / 3, "\(killed) of \(Self.rounds) were in time")
        let last = try stage.backUp()
        for entry in try stage.entries() {
            #expect(entry.hasManifest, "\(entry)")
            #expect(try DatabaseStage.isWhole(stage.file(entry.file)))
        }
        #expect(try stage.bascule.run("db", "verify", last).code == 0)
        let names = try Files.names("test.names", in: stage.folder.file("backups"))
        #expect(names.allSatisfy { $0.hasSuffix(".db") || $0.hasSuffix(".db.json") }, "\(names)")
    }

    /// False where the command was done before.
    private func kill(
        _ role: String, in stage: DatabaseStage, unless program: Program
    ) throws -> Bool {
        let pid = try Wait.forValue("\(role) or the end") { () -> Int32?? in
            let found = stage.bascule.roles.first { $0.title == "bascule: \(role)" }?.pid
            if let found, role != "controller" || stage.hasJob { return .some(found) }
            return program.isRunning ? nil : .some(nil)
        }
        guard let pid else { return false }
        ThisProcess.pause(milliseconds: Int.random(in: 0...Self.pauseMax))
        return ChildProcess.send(.kill, to: pid)
    }
}

extension DatabaseStage {
    /// Whether a job on the database is under way.
    fileprivate var hasJob: Bool {
        bascule.roles.contains { $0.title == "bascule: database web" }
    }
}
