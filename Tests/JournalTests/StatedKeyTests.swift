import Board
import Control
import Testing

@testable import Journal

@Suite("What a line of the journal may say of other migrations than its own")
struct StatedKeyTests {
    private func sighting(_ fingerprint: String, _ keys: String...) -> JournalRecord {
        JournalRecord(
            time: Timestamp(milliseconds: 1_700_000_000_000), service: "web", operation: nil,
            entry: .sighting(
                JournalRecord.Sighting(
                    fingerprint: fingerprint, tool: "efcore", applied: [], keys: keys,
                    active: .blue, servedBy: nil)))
    }

    @Test("A set that was applied is not that of a schema with others applied")
    func mistaken() {
        var records = SchemaRecords()
        records.apply(sighting("old", "set:a", "latest:a"))
        records.apply(sighting("new", "set:ab", "latest:b", "set:a", "latest:a"))
        #expect(records.fingerprint(of: "set:a") == "old")
        #expect(records.fingerprint(of: "latest:a") == "old")
        #expect(records.fingerprint(of: "set:ab") == "new")
        records.apply(sighting("drifted", "set:a", "latest:a"))
        #expect(records.fingerprint(of: "set:a") == "drifted")
    }

    @Test("A set that was only ever stated is that of the schema that it matched")
    func stated() {
        var records = SchemaRecords()
        records.apply(sighting("old", "set:a", "latest:a", "set:other-words"))
        #expect(records.fingerprint(of: "set:other-words") == "old")
    }
}
