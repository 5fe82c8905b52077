import Board
import Control
import Testing

@testable import Journal

@Suite("What operations came to, and maintenance")
struct TallyTests {
    private func record(_ operation: String?, _ entry: JournalRecord.Entry) -> JournalRecord {
        JournalRecord(
            time: Timestamp(milliseconds: 1_700_000_000_123), service: "web", operation: operation,
            entry: entry)
    }

    private func operation(
        _ number: Int, _ kind: OperationKind, _ outcome: Outcome, lost: Int = 0
    ) -> [JournalRecord] {
        let start = JournalRecord.Start(
            kind: kind, from: .blue, to: .green, mode: .handover,
            by: Peer(uid: 0, pid: 1, user: "root"), command: "", overrides: [])
        let end = JournalRecord.End(
            outcome: outcome, message: "", report: Report(cut: lost), events: [])
        return [record("01OP\(number)", .started(start)), record("01OP\(number)", .ended(end))]
    }

    @Test("Switches and rollbacks count by outcome; what is done by hand does not")
    func counts() {
        var state = JournalState()
        let lines =
            operation(1, .switch, .done) + operation(2, .rollback, .lost, lost: 3)
            + operation(3, .hold, .done) + operation(4, .switch, .done)
        for line in lines { state.apply(line) }
        let tally = state.tally(of: "web")
        #expect(tally.outcomes == ["done": 2, "lost": 1])
        #expect(tally.lost == 3)
        #expect(state.tally(of: "other") == OperationTally())
    }

    @Test("Operations that are too old to be kept still count, after a rewrite too")
    func old() throws {
        var state = JournalState()
        for number in 0..<JournalState.operationsMax + 5 {
            for line in operation(number, .switch, .lost, lost: 1) { state.apply(line) }
        }
        #expect(state.tally(of: "web").lost == JournalState.operationsMax + 5)
        var again = JournalState()
        for line in state.records {
            let read = JournalReading(try JournalLine.encode(line))
            #expect(read.fault == nil)
            again.apply(line)
        }
        #expect(again.tally(of: "web") == state.tally(of: "web"))
    }

    @Test("The last word on maintenance counts, and is kept by a rewrite")
    func maintenance() {
        var state = JournalState()
        #expect(state.maintenance(of: "web") == nil)
        let on = JournalRecord.Maintenance(
            isOn: true, message: "moving", ends: Timestamp(milliseconds: 5))
        state.apply(record(nil, .maintained(on)))
        #expect(state.maintenance(of: "web") == on)
        var again = JournalState()
        for line in state.records { again.apply(line) }
        #expect(again.maintenance(of: "web") == on)
        again.apply(record(nil, .maintained(JournalRecord.Maintenance(isOn: false))))
        #expect(again.maintenance(of: "web")?.isOn == false)
    }
}
