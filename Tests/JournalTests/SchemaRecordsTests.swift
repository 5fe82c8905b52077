import Board
import Control
import Foundation
import Testing

@testable import Journal

@Suite("What the journal keeps of schemas")
struct SchemaRecordsTests {
    private func record(_ entry: JournalRecord.Entry) -> JournalRecord {
        JournalRecord(
            time: Timestamp(milliseconds: 1_700_000_000_000), service: "web", operation: nil,
            entry: entry)
    }

    private func piece(_ fingerprint: String, _ index: Int, of count: Int) -> JournalRecord {
        record(
            .schema(
                JournalRecord.SchemaPiece(
                    fingerprint: fingerprint, index: index, count: count,
                    text: "\(fingerprint)\(index);")))
    }

    private func sighting(
        _ fingerprint: String, keys: [String] = [], servedBy: Color? = nil
    ) -> JournalRecord {
        record(
            .sighting(
                JournalRecord.Sighting(
                    fingerprint: fingerprint, tool: "efcore", applied: ["a"], keys: keys,
                    active: .blue, servedBy: servedBy)))
    }

    private func certificate(_ version: String) -> JournalRecord {
        record(
            .certificate(
                JournalRecord.Certificate(
                    known: "k", applied: "a", from: "f", to: "g", verdict: "safe",
                    findings: [
                        JournalRecord.Certificate.Finding(
                            id: "table-added:t", verdict: "safe", sentence: "it is new")
                    ], version: version)))
    }

    @Test("Each kind of line comes back from its text as it was")
    func roundTrip() throws {
        for record in [piece("f", 0, of: 1), sighting("f", keys: ["k"]), certificate("1.0.0")] {
            let line = try JournalLine.encode(record)
            #expect(try JournalLine.decode(line.dropLast()).get() == record)
        }
    }

    @Test("A schema in pieces is whole with its last piece, and begins anew with its first")
    func pieces() {
        var records = SchemaRecords()
        records.apply(piece("f", 0, of: 2))
        #expect(records.text(of: "f") == nil)
        records.apply(piece("f", 0, of: 2))
        records.apply(piece("f", 1, of: 2))
        #expect(records.text(of: "f") == "f0;f1;")
        records.apply(piece("g", 1, of: 2))
        #expect(records.text(of: "g") == nil)
    }

    @Test("The newest sighting of a set counts, and of each color the last it served with")
    func sightings() {
        var records = SchemaRecords()
        records.apply(sighting("f", keys: ["a"], servedBy: .blue))
        records.apply(sighting("g", keys: ["a", "b"], servedBy: .green))
        records.apply(sighting("h"))
        #expect(records.fingerprint(of: "a") == "g")
        #expect(records.fingerprint(of: "c") == nil)
        #expect(records.lastServed(by: .blue)?.fingerprint == "f")
        #expect(records.lastServed(by: .green)?.fingerprint == "g")
        #expect(records.last?.fingerprint == "h")
    }

    @Test("A certificate is one of a version")
    func certificates() {
        var records = SchemaRecords()
        records.apply(certificate("1.0.0"))
        #expect(records.certificate(known: "k", from: "f", to: "g", version: "1.0.0") != nil)
        #expect(records.certificate(known: "k", from: "f", to: "g", version: "1.0.1") == nil)
        #expect(records.certificate(known: "k", from: "f", to: "h", version: "1.0.0") == nil)
    }

    @Test("Old ones go, but never the one that a color last served with")
    func limits() {
        var records = SchemaRecords()
        records.apply(piece("first", 0, of: 1))
        records.apply(sighting("first", keys: ["first"], servedBy: .blue))
        for number in 0..<SchemaRecords.sightingsMax + 1 {
            records.apply(piece("\(number)", 0, of: 1))
            records.apply(sighting("\(number)", keys: ["\(number)"]))
        }
        #expect(records.lastServed(by: .blue)?.fingerprint == "first")
        #expect(records.text(of: "first") == "first0;")
        #expect(records.text(of: "0") == nil)
        #expect(records.fingerprint(of: "0") == nil)
        let last = "\(SchemaRecords.sightingsMax)"
        #expect(records.text(of: last) != nil)
        #expect(
            records.records.count == SchemaRecords.schemasMax + SchemaRecords.sightingsMax)
    }

    @Test("A journal keeps a large schema, also when it is opened anew")
    func large() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("bascule-test-\(UUID().uuidString)").path
        defer {
            do { try FileManager.default.removeItem(atPath: folder) } catch {
                Issue.record("the folder stays: \(error)")
            }
        }
        let text = String(repeating: "a", count: 500_000)
        do {
            var journal = try Journal(folder: folder)
            for index in 0..<20 {
                try journal.append(
                    record(
                        .schema(
                            JournalRecord.SchemaPiece(
                                fingerprint: "f", index: index, count: 20, text: text))))
            }
            try journal.append(sighting("f", keys: ["k"], servedBy: .green))
        }
        let journal = try Journal(folder: folder)
        #expect(journal.finding == .sound)
        let records = journal.state.schemas(of: "web")
        #expect(records.text(of: "f")?.utf8.count == 10_000_000)
        #expect(records.lastServed(by: .green)?.fingerprint == "f")
    }
}
