import Board
import Control
import Foundation
import Testing

/// What a deploy must not take for granted.
@Suite("Deploys and what they cannot see", .serialized, .timeLimit(.minutes(3)))
struct DeployBlindTests {
    @Test("Where nobody can tell who writes, nothing is taken for quiet: the hold stays")
    func locks() throws {
        let stage = try DeployStage(faults: "gate.locks=EMFILE")
        let command = try stage.deploy(DeployScript(act: .fails))
        #expect(command.code == 1, "\(command.output)\(command.errors)")
        #expect(command.output.contains("gate.locks"), "\(command.output)")
        #expect(try stage.bascule.service().phase == .heldWrites)
    }

    @Test(
        "What the command has put into a file is what the new version states",
        arguments: [
            "{file: \"{folder}/{color}\"}", "{command: [/bin/cat, \"{folder}/{color}\"]}",
        ])
    func stated(expect: String) throws {
        let stage = try TwoVersions(expect: expect)
        let script =
            "printf '\(TwoVersions.first)\\n\(TwoVersions.second)\\n' "
            + "> \(stage.folder.file("green"))"
        let program = try stage.bascule.start(
            ["deploy", "green", "--timeout", "5s", "--", "/bin/sh", "-c", script])
        let command = try Command(program, seconds: 60)
        #expect(command.code == 4, "\(command.output)\(command.errors)")
        #expect(command.output.contains("database-behind"), "\(command.output)")
        #expect(try stage.bascule.service().active == .blue)
    }
}
