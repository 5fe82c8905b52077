import Board
import Kernel
import Testing

@testable import Controller

@Suite struct WorkerLinksTests {
    @Test("Every worker is woken, from its start to its end, and no slot without one")
    func waking() throws {
        let board = try Board.create(BoardShape(services: 1, slots: 4)).board
        let ends = try (0..<4).map { _ in
            let pair = try Socket.messagePair("test.pair").release()
            _ = Descriptor(owning: pair.first)
            return WorkerEnd(
                wake: try EventCounter("test.wake").intoDescriptor(),
                queries: Descriptor(owning: pair.second))
        }
        for (slot, stage) in [SlotStage.starting, .accepting, .draining].enumerated() {
            board.claim(slot: slot, pid: 4_711, generation: 1)
            board.setStage(slot: slot, stage)
        }
        WorkerLinks(board: board, ends: ends).wakeAll()
        let woken = ends.map {
            Waiting.wait(.readable, of: $0.wake.descriptor.number, until: .now)
        }
        #expect(woken == [true, true, true, false])
    }
}
