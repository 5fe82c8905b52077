import Board
import Control
import Foundation
import Kernel
import Testing

@testable import Journal

@Suite struct JournalTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("bascule-journal-\(UUID().uuidString)").path
    private var file: String { folder + "/" + Journal.fileName }

    @Test("A journal that is missing is made, in a private folder")
    func made() throws {
        let journal = try Journal(folder: folder)
        #expect(journal.finding == .made)
        #expect(journal.state.route(of: "web") == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions]
        #expect(mode as? Int == 0o700)
        #expect(try permissions(of: file) & 0o077 == 0)
    }

    @Test("What was appended is there again, and the last route counts")
    func reopened() throws {
        try write([
            record(.initial(route(.blue, 1)), operation: nil), record(.started(start)),
            record(.decision(route(.green, 3))), record(.ended(end)),
        ])
        let journal = try Journal(folder: folder)
        #expect(journal.finding == .sound)
        #expect(journal.state.route(of: "web") == route(.green, 3))
        #expect(journal.state.operationBehindRoute(of: "web") == "01OP")
        #expect(journal.state.unfinished.isEmpty)
        let entry = try #require(journal.state.operation("01OP"))
        #expect(entry.outcome == .done)
        #expect(entry.events == end.events)
        #expect(entry.by == start.by)
    }

    @Test("An undone decision leaves the old color")
    func undone() throws {
        try write([
            record(.decision(route(.green, 3))), record(.undone(route(.blue, 4))),
        ])
        #expect(try Journal(folder: folder).state.route(of: "web") == route(.blue, 4))
    }

    @Test("An operation without an end is unfinished")
    func unfinished() throws {
        try write([record(.started(start)), record(.decision(route(.green, 3)))])
        let unfinished = try Journal(folder: folder).state.unfinished
        #expect(unfinished.map(\.operation) == ["01OP"])
    }

    @Test("A last line that is cut off anywhere is dropped, and what follows is whole")
    func torn() throws {
        try write([record(.decision(route(.blue, 1)))])
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        let next = try JournalLine.encode(record(.decision(route(.green, 3))))
        for length in [1, next.count / 2, next.count - 1] {
            try (whole + Data(next.prefix(length))).write(to: URL(fileURLWithPath: file))
            var journal = try Journal(folder: folder)
            #expect(journal.finding == .recovered(bytes: length))
            #expect(journal.state.route(of: "web") == route(.blue, 1))
            try journal.append(record(.decision(route(.green, 5))))
            let again = try Journal(folder: folder)
            #expect(again.finding == .sound)
            #expect(again.state.route(of: "web") == route(.green, 5))
        }
    }

    @Test("A last line with blocks that were never written is dropped")
    func zeros() throws {
        try write([record(.decision(route(.blue, 1)))])
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        try (whole + Data([0, 0, 0, 10])).write(to: URL(fileURLWithPath: file))
        let journal = try Journal(folder: folder)
        #expect(journal.finding == .recovered(bytes: 4))
    }

    @Test("A bit that turned over makes it corrupt: decisions count, nothing is appended")
    func corrupt() throws {
        try write([
            record(.decision(route(.blue, 1))), record(.decision(route(.green, 3))),
            record(.decision(route(.blue, 5))),
        ])
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        let second = try #require(data.firstIndex(of: 10)) + 20
        data[second] ^= 1
        try data.write(to: URL(fileURLWithPath: file))
        var journal = try Journal(folder: folder)
        #expect(journal.finding == .corrupt(line: 2, reason: "its checksum does not match"))
        #expect(journal.state.route(of: "web") == route(.blue, 5))
        var refusal: JournalError?
        do { try journal.append(record(.decision(route(.green, 7)))) } catch { refusal = error }
        #expect(
            refusal == .corrupt(path: file, line: 2, reason: "its checksum does not match"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == data)
    }

    @Test("A whole last line with a wrong checksum is corrupt, not torn")
    func corruptLast() throws {
        try write([record(.decision(route(.blue, 1)))])
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        data[20] ^= 1
        try data.write(to: URL(fileURLWithPath: file))
        let journal = try Journal(folder: folder)
        #expect(journal.finding == .corrupt(line: 1, reason: "its checksum does not match"))
    }

    @Test("A line of another version is named")
    func otherVersion() throws {
        try write([])
        let json = Array(#"{"version":2}"#.utf8)
        let sum = String(Checksum.of(json[...]), radix: 16)
        let padded = String(repeating: "0", count: 8 - sum.count) + sum
        let line = json.dropLast() + Array(",\"sum\":\"\(padded)\"}\n".utf8)
        try Data(line).write(to: URL(fileURLWithPath: file))
        let journal = try Journal(folder: folder)
        guard case .corrupt(1, let reason) = journal.finding else {
            Issue.record("\(journal.finding)")
            return
        }
        #expect(reason.contains("found version 2, expected 1"))
    }

    @Test("A journal past its size is written anew and says the same")
    func compaction() throws {
        var journal = try Journal(folder: folder)
        let long = JournalRecord.End(
            outcome: .done, message: String(repeating: "x", count: 400_000), report: Report(),
            events: [])
        for number in 0..<12 {
            try journal.append(record(.started(start), operation: "01OP\(number)"))
            try journal.append(
                record(.decision(route(.green, UInt64(number))), operation: "01OP\(number)"))
            try journal.append(record(.ended(long), operation: "01OP\(number)"))
        }
        let again = try Journal(folder: folder)
        #expect(again.finding == .sound)
        #expect(again.state == journal.state)
        #expect(again.state.route(of: "web") == route(.green, 11))
        #expect(!FileManager.default.fileExists(atPath: file + ".new"))
        // 12 operations make 4.8 MB; what is left out are decisions that a later one took over.
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count < 36)
    }

    @Test("The oldest operation past the limit is forgotten, the newest is not")
    func operationsMax() {
        var state = JournalState()
        for number in 0...JournalState.operationsMax {
            state.apply(record(.started(start), operation: "\(number)"))
        }
        #expect(state.operation("0") == nil)
        #expect(state.operation("1") != nil)
        #expect(state.operation("\(JournalState.operationsMax)") != nil)
        #expect(state.history(service: "web", limit: 5_000).count == JournalState.operationsMax)
        #expect(state.history(service: "other", limit: 5_000).isEmpty)
    }

    @Test("A journal that is gone or replaced takes nothing, and does again once it is back")
    func vanished() throws {
        var journal = try Journal(folder: folder)
        try journal.append(record(.decision(route(.blue, 1))))
        #expect(journal.look() == nil)
        try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
        #expect(journal.look() == .vanished(path: file))
        var refusal: JournalError?
        do { try journal.append(record(.decision(route(.green, 3)))) } catch { refusal = error }
        #expect(refusal == .vanished(path: file))
        try Data().write(to: URL(fileURLWithPath: file))
        #expect(journal.look() == .vanished(path: file))
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: file + ".away", toPath: file)
        #expect(journal.look() == nil)
        try journal.append(record(.decision(route(.green, 3))))
        #expect(journal.state.route(of: "web") == route(.green, 3))
    }

    @Test("A look at a sound journal leaves its file as it was, and its next line whole")
    func look() throws {
        var journal = try Journal(folder: folder)
        try journal.append(record(.decision(route(.blue, 1))))
        let before = try Data(contentsOf: URL(fileURLWithPath: file))
        for _ in 0..<3 { #expect(journal.look() == nil) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
        try journal.append(record(.decision(route(.green, 3))))
        let again = try Journal(folder: folder)
        #expect(again.finding == .sound)
        #expect(again.state.route(of: "web") == route(.green, 3))
    }

    @Test("A color has served from its first line on, unless that was undone")
    func served() throws {
        var state = JournalState()
        #expect(!state.hasServed(.blue, of: "web"))
        state.apply(record(.initial(route(.blue, 1)), operation: nil))
        #expect(state.hasServed(.blue, of: "web"))
        state.apply(record(.decision(route(.green, 3)), operation: "01A"))
        state.apply(record(.undone(route(.blue, 4)), operation: "01A"))
        #expect(!state.hasServed(.green, of: "web"))
        state.apply(record(.decision(route(.green, 5)), operation: "01B"))
        state.apply(record(.decision(route(.blue, 7)), operation: "01C"))
        state.apply(record(.decision(route(.green, 9)), operation: "01D"))
        state.apply(record(.undone(route(.blue, 10)), operation: "01D"))
        #expect(state.hasServed(.green, of: "web"))
        #expect(!state.hasServed(.green, of: "other"))
        // Written anew it says the same.
        var again = JournalState()
        for record in state.records { again.apply(record) }
        #expect(again == state)
    }

    @Test("A decision that a living board did not follow made no color serve")
    func unmade() throws {
        var state = JournalState()
        state.apply(record(.initial(route(.blue, 1)), operation: nil))
        state.apply(record(.decision(route(.green, 3)), operation: "01A"))
        state.apply(record(.corrected(route(.blue, 4)), operation: nil))
        #expect(!state.hasServed(.green, of: "web"))
        #expect(state.hasServed(.blue, of: "web"))
        // What had served before has served.
        state.apply(record(.decision(route(.green, 5)), operation: "01B"))
        state.apply(record(.decision(route(.blue, 7)), operation: "01C"))
        state.apply(record(.decision(route(.green, 9)), operation: "01D"))
        state.apply(record(.corrected(route(.blue, 10)), operation: nil))
        #expect(state.hasServed(.green, of: "web"))
    }

    @Test("A line from before findings could be accepted is read")
    func olderLine() throws {
        let json = try ControlJSON.text(start)
        #expect(!json.contains("accepts"))
        let read = try ControlJSON.decode(JournalRecord.Start.self, from: Data(json.utf8))
        #expect(read.accepts == nil)
    }

    @Test("The checksum is the well-known CRC-32")
    func checksum() {
        #expect(Checksum.of(Array("123456789".utf8)[...]) == 0xcbf4_3926)
    }

    private func route(_ active: Color, _ epoch: UInt64) -> JournalRecord.Route {
        JournalRecord.Route(active: active, epoch: epoch)
    }

    private var start: JournalRecord.Start {
        JournalRecord.Start(
            kind: .switch, from: .blue, to: .green, mode: .handover,
            by: Peer(uid: 1000, pid: 42, user: "ada"), command: "bascule switch green",
            overrides: [.health])
    }

    private var end: JournalRecord.End {
        JournalRecord.End(
            outcome: .done, message: "green serves", report: Report(held: 3, released: 3),
            events: [
                Event(
                    time: Timestamp(milliseconds: 5), operation: "01OP", service: "web",
                    step: .drain, state: .passed, message: "quiet")
            ])
    }

    private func record(
        _ entry: JournalRecord.Entry, operation: String? = "01OP"
    ) -> JournalRecord {
        JournalRecord(
            time: Timestamp(milliseconds: 1_700_000_000_123), service: "web",
            operation: operation, entry: entry)
    }

    private func write(_ records: [JournalRecord]) throws {
        var journal = try Journal(folder: folder)
        for record in records { try journal.append(record) }
    }

    private func permissions(of path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
    }
}

@Suite struct ULIDTests {
    @Test("The time comes first, so that texts sort by time")
    func order() {
        let texts = [0, 1, 31, 32, 1_469_918_176_385, (1 << 48) - 1].map {
            ULID.text(milliseconds: $0, high: .max, low: 7)
        }
        #expect(texts == texts.sorted())
        #expect(texts.allSatisfy { $0.count == 26 })
        #expect(ULID.text(milliseconds: 1_469_918_176_385, high: 0, low: 0).hasPrefix("01ARYZ6S41"))
    }

    @Test("All 80 random bits stand in the text")
    func bits() {
        #expect(
            ULID.text(milliseconds: 0, high: .max, low: .max)
                == "0000000000ZZZZZZZZZZZZZZZZ")
        var seen: Set<String> = []
        for bit in 0..<64 { seen.insert(ULID.text(milliseconds: 0, high: 0, low: 1 << bit)) }
        for bit in 0..<16 { seen.insert(ULID.text(milliseconds: 0, high: 1 << bit, low: 0)) }
        #expect(seen.count == 80)
    }
}
