import Board
import Control
import Foundation
import Testing

@testable import Journal

/// What the journal says of a service that something was left in the middle of.
@Suite("What an operation leaves") struct LeftStateTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("bascule-left-\(UUID().uuidString)").path
    private var file: String { folder + "/" + Journal.fileName }

    @Test("An end that could not be written counts at once, and comes with the next line")
    func owed() throws {
        var journal = try Journal(folder: folder)
        try journal.append(record(.started(start(.deploy))))
        try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
        #expect(throws: JournalError.self) { try journal.append(record(.ended(end()))) }
        #expect(journal.state.unfinished.isEmpty)
        try FileManager.default.moveItem(atPath: file + ".away", toPath: file)
        #expect(try Journal(folder: folder).state.unfinished.map(\.operation) == ["01A"])
        try journal.append(record(.started(start(.switch)), "01B"))
        let again = try Journal(folder: folder).state
        #expect(again.unfinished.map(\.operation) == ["01B"])
        #expect(again == journal.state)
    }

    @Test("A decision that could not be written counts for nothing")
    func notOwed() throws {
        var journal = try Journal(folder: folder)
        try journal.append(record(.decision(route(.blue))))
        try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
        #expect(throws: JournalError.self) {
            try journal.append(record(.decision(route(.green))))
        }
        #expect(journal.state.route(of: "web")?.active == .blue)
    }

    @Test("An operation of many hours is written with the events that matter")
    func longEnd() throws {
        var journal = try Journal(folder: folder)
        try journal.append(record(.started(start(.switch))))
        let step = event(.passed, "green serves")
        let watched = (0..<6_000).map {
            event(.progress, "\($0) " + String(repeating: "x", count: 200))
        }
        try journal.append(record(.ended(end([step] + watched + [step]))))
        let large = JSONValue.string(String(repeating: "y", count: 3 << 20))
        var detailed = step
        detailed.details = ["checks": large]
        try journal.append(record(.started(start(.switch)), "01B"))
        try journal.append(record(.ended(end([detailed])), "01B"))
        let state = try Journal(folder: folder).state
        #expect(state.unfinished.isEmpty)
        #expect(state.operation("01A")?.events == [step, step])
        #expect(state.operation("01B")?.events == [step])
        #expect(state == journal.state)
    }

    @Test("A service that was closed stays so, until it is opened or the other color has served")
    func closed() {
        var state = JournalState()
        func apply(_ entry: JournalRecord.Entry, _ operation: String) {
            state.apply(record(entry, operation))
            var again = JournalState()
            for record in state.records { again.apply(record) }
            #expect(again == state)
        }
        let closure = JournalRecord.Entry.closure(.init(isClosed: true, active: .blue))
        apply(.initial(route(.blue)), "")
        apply(.started(start(.deploy)), "01A")
        apply(closure, "01A")
        #expect(state.isClosed("web"))
        #expect(state.closing(of: "web")?.operation == "01A")
        #expect(state.needed(of: "web").contains("01A"))
        #expect(!state.isClosed("other"))
        // A switch that comes to nothing changes nothing.
        apply(.decision(route(.green)), "01B")
        #expect(!state.isClosed("web"))
        apply(.undone(route(.blue)), "01B")
        #expect(state.isClosed("web"))
        apply(.decision(route(.green)), "01C")
        apply(.decision(route(.blue)), "01D")
        #expect(!state.isClosed("web"))
        apply(closure, "01E")
        apply(.started(start(.release)), "01F")
        #expect(!state.isClosed("web"))
        apply(closure, "01G")
        apply(.closure(.init(isClosed: false, active: .blue)), "01G")
        #expect(!state.isClosed("web"))
        #expect(state.hasClosed("01G", "web") == false)
        #expect(state.hasClosed("01E", "web") == nil)
    }

    @Test("What made the present color active does so after another's failed switch too")
    func behindRoute() {
        var state = JournalState()
        state.apply(record(.initial(route(.blue)), nil))
        state.apply(record(.decision(route(.green)), "01A"))
        #expect(state.isDecided(by: "01A", of: "web"))
        state.apply(record(.decision(route(.blue)), "01B"))
        state.apply(record(.undone(route(.green)), "01B"))
        #expect(state.operationBehindRoute(of: "web") == "01A")
        #expect(!state.isDecided(by: "01B", of: "web"))
        #expect(state.route(of: "web")?.active == .green)
    }

    @Test("Who has served is known for good, written anew and past all operations")
    func served() {
        var state = JournalState()
        state.apply(record(.initial(route(.blue)), nil))
        state.apply(record(.started(start(.switch)), "01A"))
        state.apply(record(.decision(route(.green)), "01A"))
        state.apply(record(.ended(end()), "01A"))
        var again = JournalState()
        for record in state.records { again.apply(record) }
        for number in 0...JournalState.operationsMax {
            again.apply(
                record(.started(start(.backup, from: .green, to: .green)), "02\(number)"))
        }
        #expect(again.hasServed(.blue, of: "web"))
        #expect(again.hasServed(.green, of: "web"))
    }

    @Test("A restore that may have been committed is there again")
    func restoring() throws {
        var journal = try Journal(folder: folder)
        try journal.append(record(.started(start(.rollback))))
        let restoring = JournalRecord.Restoring(file: "a.db", safety: "b.db")
        try journal.append(record(.restoring(restoring)))
        let state = try Journal(folder: folder).state
        #expect(state.restoring(of: "01A") == restoring)
        #expect(state.newest(of: "web")?.operation == "01A")
        #expect(state == journal.state)
    }

    // MARK: Lines

    private func route(_ active: Color) -> JournalRecord.Route {
        JournalRecord.Route(active: active, epoch: 1)
    }

    private func start(
        _ kind: OperationKind, from: Color = .blue, to: Color = .green
    ) -> JournalRecord.Start {
        JournalRecord.Start(
            kind: kind, from: from, to: to, mode: nil,
            by: Peer(uid: 1000, pid: 42, user: "ada"), command: "", overrides: [])
    }

    private func event(_ state: StepState, _ message: String) -> Event {
        Event(
            time: Timestamp(milliseconds: 5), operation: "01A", service: "web", step: .watch,
            state: state, message: message)
    }

    private func end(_ events: [Event] = []) -> JournalRecord.End {
        JournalRecord.End(outcome: .done, message: "", report: Report(), events: events)
    }

    private func record(
        _ entry: JournalRecord.Entry, _ operation: String? = "01A"
    ) -> JournalRecord {
        JournalRecord(
            time: Timestamp(milliseconds: 1_700_000_000_123), service: "web",
            operation: operation, entry: entry)
    }
}
