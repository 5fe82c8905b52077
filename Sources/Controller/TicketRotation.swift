internal import Board

/// Makes the keys of session tickets, and a new one each day: who learns a key can read what was
/// sent under its tickets, so that no key lives long (RFC 5077 section 5.5).
enum TicketRotation {
    static let interval = Duration.seconds(86_400)

    /// The first key, where the board has none: before workers take connections.
    static func begin(on board: Board) {
        if board.ticketKeys.isEmpty { board.rotate(ticketKey: key()) }
    }

    static func run(on board: Board) async {
        while true {
            do {
                try await Task.sleep(for: interval, clock: .suspending)
            } catch {
                return  // The controller ends.
            }
            board.rotate(ticketKey: key())
        }
    }

    private static func key() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<Board.ticketKeyBytes).map { _ in random.next() }
    }
}
