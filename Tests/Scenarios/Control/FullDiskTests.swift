import Board
import Control
import Kernel
import Testing

/// A journal on a disk that is really full, or really cannot be written.
@Suite(
    "Real disks", .serialized, .timeLimit(.minutes(1)),
    .enabled(if: TinyDisk.isPermitted, "mounting is not permitted here"))
struct FullDiskTests {
    private struct Stage {
        let disk: TinyDisk
        let blue: ScriptedUpstream
        let green: ScriptedUpstream
        let bascule: Bascule

        init() throws {
            let folder = try Scratch()
            disk = try TinyDisk(at: "state", in: folder)
            blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
            green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
            bascule = try Bascule(Configuration(blue: [blue], green: [green]), folder: folder)
            try bascule.waitForHealth()
        }

        func expectRefusal(_ words: String) throws {
            let check = try bascule.run("check", "--to", "green", "--json")
            #expect(check.code == 3, "\(check.output)\(check.errors)")
            let command = try bascule.run("switch", "green", "--json")
            #expect(command.code == 3, "\(command.output)\(command.errors)")
            #expect(command.output.contains("journal"), "\(command.output)")
            #expect(command.output.contains(words), "\(command.output)")
            #expect(try command.ending().active == .blue)
        }
    }

    @Test("On a full disk traffic goes on and switches are refused, until there is room again")
    func full() throws {
        let stage = try Stage()
        let crowd = Crowd(2, to: stage.bascule.address)
        try stage.disk.fill()
        // The journal's last block has room left for some lines.
        for _ in 0..<10 {
            _ = try stage.bascule.run("hold", "--for", "5s")
            _ = try stage.bascule.run("release")
        }
        try stage.expectRefusal("No space left on device")
        try crowd.waitForAnswers(50)
        try stage.disk.empty()
        let command = try stage.bascule.run("switch", "green")
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        try crowd.waitForAnswers(50)
        let results = try crowd.stop()
        let areGood = results.allSatisfy { $0.isGood }
        #expect(areGood)
        #expect(results.last?.body == "green")
        try stage.bascule.stop()
    }

    @Test("On a disk that went read-only traffic goes on, and switches are refused with the reason")
    func readOnly() throws {
        let stage = try Stage()
        let bascule = stage.bascule
        let crowd = Crowd(2, to: bascule.address)
        // A file that is open for writing keeps its disk writable: so the controller dies first,
        // and comes back when the disk is what it is.
        bascule.program.send(.stop)
        let controller = try bascule.pid(of: "controller")
        ChildProcess.send(.kill, to: controller)
        try Wait.until("the disk is read-only") {
            (try? stage.disk.setWritable(false)) != nil
        }
        bascule.program.send(.resume)
        try Wait.until("a controller answers") {
            try bascule.run("status", "--json").code == 0
        }
        try bascule.waitForHealth()
        try stage.expectRefusal("Read-only file system")
        try crowd.waitForAnswers(50)
        try stage.disk.setWritable(true)
        let results = try crowd.stop()
        #expect(results.allSatisfy { $0.isGood && $0.body == "blue" })
        try bascule.stop()
    }
}
