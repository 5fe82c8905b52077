import Board
import Control
import Foundation
import Kernel
import Settings
import SharedDatabase
import Testing

@testable import Controller

@Suite("How long a job may be silent", .timeLimit(.minutes(1)))
struct JobPatienceTests {
    private func later(_ nanoseconds: UInt64) -> Instant {
        .now.advanced(byNanoseconds: nanoseconds)
    }

    private let silence = JobPatience.silenceNanoseconds

    @Test("As long as nobody waits for it")
    func unawaited() {
        let patience = JobPatience()
        #expect(patience.look(at: later(10 * silence)) == .waits)
        patience.begin()
        patience.end()
        #expect(patience.look(at: later(10 * silence)) == .waits)
        #expect(!patience.hasKilled)
    }

    @Test("While it is awaited, and once it was told to end, for a minute")
    func awaited() {
        for starts in [{ $0.begin() }, { $0.close() }] as [@Sendable (JobPatience) -> Void] {
            let patience = JobPatience()
            starts(patience)
            #expect(patience.look(at: later(silence / 2)) == .waits)
            patience.heard()
            let end = later(silence)
            #expect(patience.look(at: end) == .kills)
            #expect(patience.hasKilled)
            #expect(patience.look(at: end) == .waits)
            #expect(
                patience.look(at: end.advanced(byNanoseconds: JobPatience.killNanoseconds))
                    == .gaveUp)
        }
    }

    /// Waits on a thread of its own: the pool's few are for what is waited for.
    private func isReadable(_ socket: CInt) async -> Bool {
        await OwnThread.run {
            Waiting.wait(
                .readable, of: socket, until: Instant.now.advanced(byNanoseconds: 20_000_000_000))
        }
    }

    @Test("A process that is started ahead is waited for until it says that it is up")
    func prepared() async throws {
        let ours = try Socket.messagePair("test.pair").release()
        let supervisors = try Socket.messagePair("test.pair").release()
        let supervisor = MessageChannel(Descriptor(owning: supervisors.second))
        let jobs = DatabaseJobs(
            service: 0, channel: ChannelEnd(Descriptor(owning: ours.first)),
            supervisor: SupervisorLink(ChannelEnd(Descriptor(owning: supervisors.first))))
        let process = Descriptor(owning: ours.second)
        let waiting = Task {
            await jobs.prepare()
            return Instant.now
        }
        #expect(await isReadable(supervisors.second))
        let said = supervisor.receive("test.receive") ?? []
        #expect(String(decoding: said, as: UTF8.self) == "database 0")
        let isUp = Instant.now
        try DatabaseRole.tellReady(on: process)
        let prepared = await waiting.value
        #expect(prepared >= isUp)
        // It is there, and not started twice.
        await jobs.prepare()
        #expect(!Waiting.wait(.readable, of: supervisors.second, until: .now))
    }

    @Test("A process that dies before it reads is replaced, and the next one answers")
    func replaced() async throws {
        let file = "/tmp/bascule-\(UUID().uuidString.prefix(8)).db"
        try Data().write(to: URL(filePath: file))
        let ours = try Socket.messagePair("test.pair").release()
        let supervisors = try Socket.messagePair("test.pair").release()
        let supervisor = MessageChannel(Descriptor(owning: supervisors.second))
        let jobs = DatabaseJobs(
            service: 0, channel: ChannelEnd(Descriptor(owning: ours.first)),
            supervisor: SupervisorLink(ChannelEnd(Descriptor(owning: supervisors.first))))
        let asked = Task { await jobs.gate(GateRequest(stated: .notAsked)) }
        for isFirst in [true, false] {
            #expect(await isReadable(supervisors.second))
            let said = supervisor.receive("test.receive") ?? []
            #expect(String(decoding: said, as: UTF8.self) == "database 0")
            #expect(await isReadable(ours.second))
            if isFirst { await jobs.ended(isClean: false) }
        }
        try DatabaseRole.run(channel: Descriptor(owning: ours.second), path: file)
        guard case .gate(let answer) = await asked.value else {
            Issue.record("no answer: \(await asked.value)")
            return
        }
        #expect(answer.verdict == .fresh, "\(answer.saw)")
        try FileManager.default.removeItem(atPath: file)
    }

    @Test("Sums that were taken while a slot was freed are no less than nothing")
    func sums() throws {
        let counted = try Board.create(BoardShape(services: 1, slots: 1)).board
        let empty = try Board.create(BoardShape(services: 1, slots: 1)).board
        for counter in [Counter.expired, .refused] {
            counted.count(counter, service: 0, slot: 0)
        }
        let earlier = BoardTotals(counted, service: 0)
        #expect(earlier.report(since: BoardTotals(empty, service: 0)).expired == 2)
        #expect(BoardTotals(empty, service: 0).report(since: earlier).expired == 0)
    }
}
