import Kernel
import Testing

@testable import Demo
@testable import LoadClient

@Suite("What the demo shows and concludes")
struct DemoTests {
    private let start = Instant(nanoseconds: 1_000_000_000_000)

    private func at(_ milliseconds: UInt64) -> Instant {
        start.advanced(byNanoseconds: milliseconds * 1_000_000)
    }

    private func record(
        _ kind: LoadRecord.Kind = .create, id: String = "a", from: UInt64, to: UInt64,
        color: String = "blue", outcome: LoadRecord.Outcome = .acknowledged
    ) -> LoadRecord {
        LoadRecord(
            kind: kind, id: id, connection: 0, started: at(from), ended: at(to), status: 201,
            color: color, outcome: outcome)
    }

    private func report(_ records: [LoadRecord], milliseconds: UInt64 = 1_000) -> LoadReport {
        var report = LoadReport(started: start)
        report.records = records
        report.ended = at(milliseconds)
        return report
    }

    @Test("A row has a column a stretch, and marks stand under the column of their time")
    func picture() {
        var records: [LoadRecord] = []
        for time in stride(from: UInt64(0), to: 3_300, by: 10) {
            records.append(record(from: time, to: time, color: time < 1_650 ? "blue" : "green"))
        }
        var scenes = Scenes()
        scenes.mark("switch", at: at(1_650))
        let lines = Picture(report: report(records, milliseconds: 3_300), scenes: scenes)
            .drawn(on: DemoConsole()).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines[0] == "  blue   " + String(repeating: "█", count: 33)
                + String(repeating: " ", count: 34) + "  up to 100/s")
        #expect(
            lines[1].hasSuffix(
                String(repeating: " ", count: 33)
                    + String(repeating: "█", count: 33) + " "))
        #expect(lines[2] == "         " + String(repeating: " ", count: 33) + "↑ switch")
    }

    @Test("One answer shows, however high the others are; the highest is a full block")
    func blocks() {
        #expect(Picture.block(0, of: 1_000) == " ")
        #expect(Picture.block(1, of: 1_000) == "▁")
        #expect(Picture.block(999, of: 1_000) == "▇")
        #expect(Picture.block(1_000, of: 1_000) == "█")
    }

    @Test("A request of one reign that the other color answered is astray, one at its edge is not")
    func reigns() {
        var scenes = Scenes()
        scenes.served("blue", from: at(100))
        scenes.unserve(at: at(500))
        scenes.served("green", from: at(600))
        let records = [
            record(from: 200, to: 300, color: "green"),
            record(from: 450, to: 550, color: "green"),
            record(from: 50, to: 60, color: "green"),
            record(from: 700, to: 710, color: "green"),
            record(from: 700, to: 710, color: "blue"),
        ]
        #expect(records.map { scenes.contradict($0) } == [true, false, false, false, true])
    }

    @Test("Exit 0 only when every number is as it should be; 6 when anything was lost")
    func exitCodes() {
        func code(
            _ records: [LoadRecord], missing: [String] = [], doubled: [String] = [],
            astray: [String] = [], unasked: [String] = [], onWrongColor: Int = 0
        ) -> Int32 {
            DemoResult(
                report: report(records),
                audit: Audit(
                    missing: missing, doubled: doubled, astray: astray,
                    onWrongColor: onWrongColor, unasked: unasked), operations: []
            ).exitCode
        }
        let good = [record(from: 0, to: 1)]
        let bad = record(from: 0, to: 1, outcome: .failed(.timedOut))
        #expect(code(good) == 0)
        #expect(code([]) == 1)
        #expect(code(good + [bad]) == 6)
        #expect(code(good, missing: ["a"]) == 6)
        #expect(code(good, doubled: ["a"]) == 1)
        #expect(code(good, astray: ["a"]) == 1)
        #expect(code(good, unasked: ["x"]) == 1)
        #expect(code(good, onWrongColor: 1) == 1)
    }
}
