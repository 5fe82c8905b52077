import Board
import Control
import Foundation
import Kernel
import Testing

/// A journal that is not as it should be: traffic goes on, switches are refused.
@Suite("The journal", .serialized, .timeLimit(.minutes(1)))
struct JournalScenarios {
    private func colors(
        faults: String? = nil, in folder: Scratch? = nil
    ) throws -> (bascule: Bascule, blue: ScriptedUpstream, green: ScriptedUpstream) {
        let blue = try ScriptedUpstream(ScriptedUpstream.answering("blue"))
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(
            Configuration(blue: [blue], green: [green]),
            wrapper: faults.map { ["/usr/bin/env", "BASCULE_FAULTS=\($0)"] } ?? [],
            folder: folder)
        try bascule.waitForHealth()
        return (bascule, blue, green)
    }

    /// A switch is refused for the journal's sake, with this in its words, and blue goes on.
    private func expectRefusal(_ bascule: Bascule, _ words: String...) throws {
        let check = try bascule.run("check", "--to", "green", "--json")
        #expect(check.code == 3, "\(check.output)")
        let found = try check.answer(CheckAnswer.self).checks.first { $0.name == .journal }
        #expect(found?.state == .refused)
        let command = try bascule.run("switch", "green", "--override", "health")
        #expect(command.code == 3, "\(command.output)\(command.errors)")
        let said = command.output + command.errors
        for word in words + ["journal"] { #expect(said.contains(word), "\(said)") }
        #expect(try bascule.get("/").text == "blue")
        #expect(try bascule.service().active == .blue)
    }

    @Test("One that is missing at the start is made, with one line that names initial")
    func made() throws {
        let (bascule, _, _) = try colors()
        let lines = bascule.program.standardError.split(separator: "\n")
            .filter { $0.contains("initial") }
        #expect(lines.count == 1, "\(bascule.program.standardError)")
        #expect(lines.first?.contains("journal") == true)
        #expect(FileManager.default.fileExists(atPath: bascule.folder.file("state/journal.jsonl")))
    }

    @Test("One that vanishes while it is used refuses switches, and is used again once it is back")
    func vanished() throws {
        let (bascule, _, _) = try colors()
        let file = bascule.folder.file("state/journal.jsonl")
        try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
        try expectRefusal(bascule, "not there any more")
        try FileManager.default.moveItem(atPath: file + ".away", toPath: file)
        #expect(try bascule.run("switch", "green").code == 0)
    }

    @Test("One of a newer version, and one with a wrong octet, refuse switches by line")
    func unreadable() throws {
        for content in ["{\"version\":2,\"sum\":\"00000000\"}\n", "what is this?\n"] {
            let folder = try Scratch()
            try FileManager.default.createDirectory(
                atPath: folder.file("state"), withIntermediateDirectories: false)
            try folder.write(content, to: "state/journal.jsonl")
            let (bascule, _, _) = try colors(in: folder)
            try expectRefusal(bascule, "journal.jsonl:1")
            #expect(bascule.program.standardError.contains("line 1 of the journal"))
            #expect(folder.text(of: "state/journal.jsonl") == content)
        }
    }

    @Test(
        "A damaged decision: the color serves that its operation's end names, and switches refuse")
    func damagedDecision() throws {
        let folder = try Scratch()
        let (first, _, _) = try colors(in: folder)
        #expect(try first.run("switch", "green").code == 0)
        try first.stop()
        let text = folder.text(of: "state/journal.jsonl")
        let damaged = text.replacing(#""kind":"decision""#, with: #""kind":"decixion""#)
        #expect(damaged != text)
        try folder.write(damaged, to: "state/journal.jsonl")
        let (second, _, _) = try colors(in: folder)
        #expect(try second.get("/").text == "green")
        #expect(second.program.standardError.contains("green serves, by what can be read"))
        let check = try second.run("check", "--to", "blue", "--json")
        #expect(check.code == 3, "\(check.output)")
        let refused = try second.run("switch", "blue")
        #expect(refused.code == 3, "\(refused.output)")
        #expect(refused.output.contains("its checksum does not match"), "\(refused.output)")
        #expect(try second.get("/").text == "green")
    }

    @Test("A file that nobody may change refuses, by check as by switch")
    func immutable() throws {
        let (bascule, _, _) = try colors()
        func change(_ flag: String) throws -> Bool {
            let file = bascule.folder.file("state/journal.jsonl")
            return try Command(Program("/usr/bin/env", ["chattr", flag, file])).code == 0
        }
        // Not every file system knows this, and not every user may.
        guard try change("+i") else { return }
        defer { _ = try? change("-i") }
        try expectRefusal(bascule, "not permitted", "lsattr")
    }

    @Test("A full or a read-only disk refuses switches", arguments: ["ENOSPC", "EROFS"])
    func disk(error: String) throws {
        let (bascule, _, _) = try colors(
            faults: "journal.append=\(error),journal.room=\(error)")
        try expectRefusal(bascule)
        // By hand things are done all the same, and it is said that they are not written down.
        let hold = try bascule.run("hold", "--for", "30s")
        #expect(hold.code == 0)
        #expect(hold.output.contains("not in the journal"))
        #expect(try bascule.run("release").code == 0)
    }

    @Test("A decision that is not on the disk is no decision: refused, undone, and all as before")
    func syncFails() throws {
        // The first line is `initial`, the second says that the switch has begun.
        let (bascule, _, _) = try colors(faults: "journal.sync=EIO@3")
        let command = try bascule.run("switch", "green", "--json")
        #expect(command.code == 3, "\(command.output)")
        #expect(try command.ending().active == .blue)
        #expect(try bascule.get("/").text == "blue")
        #expect(try bascule.service().phase == .open)
        // The file was written anew, and says what happened.
        let again = try bascule.run("switch", "green")
        #expect(again.code == 0, "\(again.output)")
        let outcomes = try bascule.run("history", "--json").answer(HistoryAnswer.self)
            .operations.map(\.outcome)
        #expect(outcomes == [.done, .refused])
    }

    @Test("Where the undoing cannot be written either, a person is told what to do: 1")
    func undoFails() throws {
        let (bascule, _, _) = try colors(faults: "journal.sync=EIO@3,journal.rename=EIO")
        let command = try bascule.run("switch", "green", "--json")
        #expect(command.code == 1, "\(command.output)")
        #expect(try command.ending().active == .blue)
        #expect(try command.events().last?.message.contains("may name green") == true)
        #expect(try bascule.get("/").text == "blue")
    }
}
