import Board
import Bytes
import Kernel
import TLS

/// The targets of one color of one service: who is least busy, and which connections are kept.
///
/// Targets keep their index while the worker lives, so that a connection can name its own; one
/// whose address has left is only marked.
struct TargetPool {
    struct Target {
        let address: SocketAddress
        var isTLS: Bool
        /// Which of the configured targets of its color.
        var origin: Int
        /// Of connections over TLS.
        var sessions = TargetSessions()
        /// What was said of the last handshake that failed; nil after one that did not.
        var problem: String?
        var isHealthy: Bool
        /// It stands on the board.
        var isPresent: Bool
        /// Requests of this worker that it works on.
        var busy = 0
        /// Kept connections, the one used last at the end.
        var idle: [Handle] = []
    }

    private(set) var targets: [Target] = []
    private var version: UInt64 = .max
    /// Where the search begins, so that equally busy ones take turns.
    private var turn = 0

    /// Addresses come and go with deploys; beyond this many absent ones without connections are
    /// forgotten. They are few, so their place is simply used again.
    mutating func refresh(_ board: Board, service: Int, color: Color) -> Bool {
        let now = board.targetsVersion(service: service, color: color)
        guard now != version else { return false }
        version = now
        for index in targets.indices { targets[index].isPresent = false }
        for target in board.targets(service: service, color: color) {
            if let index = targets.firstIndex(where: { $0.address == target.address }) {
                targets[index].isPresent = true
                targets[index].isHealthy = target.isHealthy
                if targets[index].origin != target.origin || targets[index].isTLS != target.isTLS {
                    targets[index].isTLS = target.isTLS
                    targets[index].origin = target.origin
                    targets[index].sessions = TargetSessions()
                }
            } else {
                let new = Target(
                    address: target.address, isTLS: target.isTLS, origin: target.origin,
                    isHealthy: target.isHealthy, isPresent: true)
                if let free = targets.firstIndex(where: {
                    !$0.isPresent && $0.busy == 0 && $0.idle.isEmpty
                }) {
                    targets[free] = new
                } else {
                    targets.append(new)
                }
            }
        }
        return true
    }

    /// The least busy healthy target; where none is healthy, the least busy of all, since a probe
    /// never takes the last one away. `avoiding` is taken only where there is no other. nil: the
    /// color has no address.
    mutating func choose(avoiding avoided: Int?) -> Int? {
        var best: Int?
        turn = targets.isEmpty ? 0 : (turn + 1) % targets.count
        for offset in targets.indices {
            let index = (turn + offset) % targets.count
            guard targets[index].isPresent else { continue }
            guard let other = best else {
                best = index
                continue
            }
            if rank(index, avoided) < rank(other, avoided) { best = index }
        }
        return best
    }

    private func rank(_ index: Int, _ avoided: Int?) -> Int {
        targets[index].busy + (targets[index].isHealthy ? 0 : 1 << 40)
            + (index == avoided ? 1 << 32 : 0)
    }

    mutating func takeIdle(_ index: Int) -> Handle? { targets[index].idle.popLast() }

    /// Of any target, the one that has rested longest.
    mutating func takeAnyIdle() -> Handle? {
        for index in targets.indices where !targets[index].idle.isEmpty {
            return targets[index].idle.removeFirst()
        }
        return nil
    }

    mutating func keep(_ handle: Handle, at index: Int) { targets[index].idle.append(handle) }

    mutating func forget(_ handle: Handle, at index: Int) {
        if let place = targets[index].idle.firstIndex(of: handle) {
            targets[index].idle.remove(at: place)
        }
    }

    /// What came of a handshake. True where that is news.
    mutating func note(problem: String?, at index: Int) -> Bool {
        defer { targets[index].problem = problem }
        return targets[index].problem != problem
    }

    /// Whom we believe has changed: what was verified before has to be verified again.
    mutating func forgetSessions() {
        for index in targets.indices { targets[index].sessions = TargetSessions() }
    }

    mutating func adjustBusy(_ index: Int, by amount: Int) { targets[index].busy += amount }

    /// All kept connections, or those to addresses that have left. They are no longer kept.
    mutating func takeAllIdle(absentOnly: Bool) -> [Handle] {
        var taken: [Handle] = []
        for index in targets.indices where !absentOnly || !targets[index].isPresent {
            taken += targets[index].idle
            targets[index].idle = []
        }
        return taken
    }
}
