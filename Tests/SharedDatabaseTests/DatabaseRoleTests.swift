import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("The role database answers one message with one", .timeLimit(.minutes(1)))
struct DatabaseRoleTests {
    private func exchange(_ request: [UInt8], path: String) throws -> DatabaseAnswer {
        let pair = try Socket.messagePair("test.pair")
        let soon = Instant.now.advanced(byNanoseconds: 5_000_000_000)
        try DatabaseMessages.send(
            "test.send", to: pair.first.number, number: 7, request, until: soon)
        try DatabaseRole.run(channel: pair.second, path: path)
        let answer = try #require(
            try DatabaseMessages.receive("test.receive", from: pair.first.number, until: soon))
        #expect(answer.number == 7)
        return try JSONDecoder().decode(DatabaseAnswer.self, from: Data(answer.octets))
    }

    @Test("A gate request is answered with verdict, facts and file")
    func gate() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(GateTests.ids), path: scratch.path)
        let request = DatabaseRequest.gate(
            request: GateRequest(stated: .known(ids: GateTests.ids)))
        let answer = try exchange([UInt8](JSONEncoder().encode(request)), path: scratch.path)
        guard case .gate(let gate) = answer else {
            Issue.record("no answer of the gate: \(answer)")
            return
        }
        #expect(gate.verdict == .match)
        #expect(gate.database?.appliedCount == 2)
        #expect(gate.file?.inode != 0)
    }

    @Test("A request that is no request is an answer too")
    func nonsense() throws {
        guard case .failed = try exchange(Array("{}".utf8), path: "/nowhere") else {
            Issue.record("an empty object was taken as a request")
            return
        }
    }

    @Test("A controller that closes ends the role without an error")
    func closed() throws {
        let pair = try Socket.messagePair("test.pair")
        let (first, second) = pair.release()
        close(Descriptor(owning: first))
        let channel = Descriptor(owning: second)
        try DatabaseRole.run(channel: channel, path: "/nowhere")
    }

    private func close(_ end: consuming Descriptor) {}

    @Test("One that was started ahead and is asked nothing ends without an error")
    func unasked() throws {
        let pair = try Socket.messagePair("test.pair")
        try DatabaseRole.run(channel: pair.second, path: "/nowhere", waitSeconds: 0)
    }

    @Test("A history too long for a message keeps its newest names and its count")
    func longHistory() throws {
        let ids = (0..<5_000).map { "\(20_200_101_000_000 + $0)_Migration" }
        let facts = DatabaseFacts(
            tool: "efcore", applied: ids, appliedCount: ids.count, dirty: [], fingerprint: "",
            tableCount: 1, schemaVersion: 1, sqliteVersion: "", journalMode: "", pageBytes: 0,
            pageCount: 0, freePageCount: 0)
        let whole = DatabaseAnswer.gate(
            answer: GateAnswer(GateJudgement(.match, saw: "", expected: ""), database: facts))
        let bytes = DatabaseRole.encoded(whole, bytesMax: 65_536)
        #expect(bytes.count <= 65_536)
        guard
            case .gate(let answer) = try JSONDecoder().decode(
                DatabaseAnswer.self, from: Data(bytes))
        else { return }
        #expect(answer.database?.appliedCount == 5_000)
        #expect(answer.database?.latest == ids.last)
        #expect((answer.database?.applied.count ?? 0) > 500)
    }
}
