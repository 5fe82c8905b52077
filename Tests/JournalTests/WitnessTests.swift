import Board
import Control
import Foundation
import Kernel
import Testing

@testable import Journal

/// An operation's end says who serves: where another line of it is damaged, that is what counts.
@Suite("The end as a witness") struct WitnessTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("bascule-witness-\(UUID().uuidString)").path
    private var file: String { folder + "/" + Journal.fileName }

    @Test("The color of a damaged decision serves, by the end of its operation")
    func damagedDecision() throws {
        let state = try reopened(
            damaging: 2,
            [
                record(.initial(route(.blue, 1)), nil), record(.started(start(.switch))),
                record(.decision(route(.green, 3))), record(.ended(end(.done, .green, 3))),
            ])
        #expect(state.route(of: "web") == route(.green, 3))
        #expect(state.operationBehindRoute(of: "web") == "01A")
        #expect(state.hasServed(.green, of: "web"))
    }

    @Test("A damaged undoing is no decision: the color serves that did before")
    func damagedUndoing() throws {
        let state = try reopened(
            damaging: 3,
            [
                record(.initial(route(.blue, 1)), nil), record(.started(start(.switch))),
                record(.decision(route(.green, 3))), record(.undone(route(.blue, 4))),
                record(.ended(end(.timedOut, .blue, 4))),
            ])
        #expect(state.route(of: "web") == route(.blue, 4))
        #expect(!state.hasServed(.green, of: "web"))
    }

    @Test("A damaged way back is one all the same")
    func damagedWayBack() throws {
        let state = try reopened(
            damaging: 3,
            [
                record(.initial(route(.blue, 1)), nil), record(.started(start(.switch))),
                record(.decision(route(.green, 3))), record(.decision(route(.blue, 5))),
                record(.ended(end(.rolledBack, .blue, 5))),
            ])
        #expect(state.route(of: "web") == route(.blue, 5))
        #expect(state.hasServed(.green, of: "web"))
    }

    @Test("A decision behind the witness counts, and what holds no lock is none")
    func otherLines() throws {
        let lines = [
            record(.initial(route(.blue, 1)), nil), record(.started(start(.switch))),
            record(.decision(route(.green, 3))), record(.ended(end(.done, .green, 3))),
            record(.started(start(.backup)), "01B"),
            record(.ended(end(.done, .blue, 3)), "01B"),
        ]
        #expect(try reopened(lines).route(of: "web") == route(.green, 3))
        let later = lines + [record(.decision(route(.blue, 5)), "01C")]
        #expect(try reopened(damaging: 2, later).route(of: "web") == route(.blue, 5))
    }

    @Test("A decision that could not be undone is, by the end of its operation")
    func undoFailed() throws {
        var journal = try Journal(folder: folder)
        for line in [
            record(.initial(route(.blue, 1)), nil), record(.started(start(.switch))),
            record(.decision(route(.green, 3))), record(.ended(end(.failed, .blue, 4))),
        ] { try journal.append(line) }
        #expect(journal.state.route(of: "web") == route(.blue, 4))
        #expect(try Journal(folder: folder).state == journal.state)
        var again = JournalState()
        for record in journal.state.records { again.apply(record) }
        #expect(again.route(of: "web") == route(.blue, 4))
    }

    /// What a new controller reads; one octet of a line, from 0, is turned over.
    private func reopened(
        damaging line: Int? = nil, _ records: [JournalRecord]
    ) throws -> JournalState {
        try? FileManager.default.removeItem(atPath: folder)
        var journal = try Journal(folder: folder)
        for record in records { try journal.append(record) }
        guard let line else { return try Journal(folder: folder).state }
        var lines = try Data(contentsOf: URL(fileURLWithPath: file)).split(separator: 10)
        let place = lines[line].startIndex + 20
        lines[line][place] ^= 1
        try lines.reduce(Data()) { $0 + $1 + [10] }.write(to: URL(fileURLWithPath: file))
        let read = try Journal(folder: folder)
        #expect(
            read.finding == .corrupt(line: line + 1, reason: "its checksum does not match"))
        return read.state
    }

    private func route(_ active: Color, _ epoch: UInt64) -> JournalRecord.Route {
        JournalRecord.Route(active: active, epoch: epoch)
    }

    private func start(_ kind: OperationKind) -> JournalRecord.Start {
        JournalRecord.Start(
            kind: kind, from: .blue, to: .green, mode: .handover,
            by: Peer(uid: 1000, pid: 42, user: "ada"), command: "", overrides: [])
    }

    private func end(
        _ outcome: Outcome, _ active: Color, _ epoch: UInt64
    ) -> JournalRecord.End {
        JournalRecord.End(
            outcome: outcome, message: "", report: Report(),
            events: [
                Event(
                    time: Timestamp(milliseconds: 5), operation: "01A", service: "web",
                    step: .release, state: .passed, message: "",
                    ending: Event.Ending(
                        outcome: outcome, active: active, epoch: epoch, report: Report()))
            ])
    }

    private func record(
        _ entry: JournalRecord.Entry, _ operation: String? = "01A"
    ) -> JournalRecord {
        JournalRecord(
            time: Timestamp(milliseconds: 1_700_000_000_123), service: "web",
            operation: operation, entry: entry)
    }
}
