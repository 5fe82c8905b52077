import Board
import Testing

@Suite("Ticket keys on the board")
struct TicketTests {
    @Test("The newest key comes first, the one before it stays, and older ones go")
    func rotation() throws {
        let created = try Board.create(BoardShape(services: 1, slots: 2))
        let board = created.board
        #expect(board.ticketVersion == 0)
        #expect(board.ticketKeys.isEmpty)
        let keys = (1...3).map { [UInt8](repeating: $0, count: Board.ticketKeyBytes) }
        var versions: [UInt64] = []
        for key in keys {
            board.rotate(ticketKey: key)
            versions.append(board.ticketVersion)
        }
        #expect(board.ticketKeys == [keys[2], keys[1]])
        #expect(Set(versions).count == 3)
        let other = try Board(created.file)
        #expect(other.ticketKeys == board.ticketKeys)
    }
}
