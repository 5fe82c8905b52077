import Kernel

@testable import Board

/// Real processes on one real board, one of them (this one) moving the route about, while they are
/// stopped, continued and killed at random.
final class Torture {
    struct Result {
        var flips = 0
        var finished: UInt64 = 0
        /// Moments at which a request was seen running on a color whose drain had been seen.
        var violations: UInt64 = 0
        var kills = 0
        var stops = 0
        /// What is still counted as in flight when all is over.
        var leftInFlight = 0
    }

    private let board: Board
    private let file: Descriptor
    private let mode: String
    private let executable: String
    private var pids: [Int32]
    private var stopped: Set<Int> = []
    private var random: SplitMix
    private var result = Result()

    init(workers: Int, mode: String, executable: String, seed: UInt64) throws {
        let created = try Board.create(BoardShape(services: 2, slots: workers))
        let board = created.board
        let first = RouteWord(epoch: 1, phase: .open, active: .blue)
        board.exchangeRoute(0, from: .undecided, to: first)
        board.exchangeRoute(1, from: .undecided, to: first)
        // Green's drain counts as seen before anything has run there.
        board.setDeadline(1, Instant(nanoseconds: 2))
        self.board = board
        self.mode = mode
        self.executable = executable
        random = SplitMix(state: seed)
        pids = []
        file = try created.file.duplicate("torture.board")
        for slot in 0..<workers { pids.append(try start(slot)) }
    }

    private func start(_ slot: Int) throws -> Int32 {
        let pid = try ChildProcess.start(
            "torture.start", executable: executable,
            arguments: ["board-torture", "\(slot)", mode], environment: [],
            descriptors: [file.number])
        board.claim(slot: slot, pid: pid, generation: board.slot(slot).generation + 1)
        return pid
    }

    /// Moves the active color to and fro so often, or until something is wrong.
    func run(flips: Int) throws -> Result {
        while result.flips < flips, board.total(.cut, service: 1) == 0 {
            flip()
            result.flips += 1
            disturb()
            if result.flips.isMultiple(of: 100) { try killOne() }
        }
        endAll()
        result.finished = board.total(.finished, service: 0)
        result.violations = board.total(.cut, service: 1)
        result.leftInFlight = Color.allCases.reduce(0) {
            $0 + board.inFlight(service: 0, color: $1).total
        }
        return result
    }

    /// Hold, drain, switch, as the controller does it.
    private func flip() {
        let word = board.route(0)
        board.setDeadline(0, .never)
        let held = word.next(phase: .held, active: word.active)
        precondition(board.exchangeRoute(0, from: word, to: held), "nobody else changes the word")
        while board.inFlight(service: 0, color: word.active).total > 0 {
            // A stopped worker keeps its count up; it is continued now and then.
            if UInt8.random(in: 0..<32, using: &random) == 0 { continueOne() }
            ThisProcess.yield()
        }
        // The drain is seen. From here on nobody may run on this color.
        board.setDeadline(1, Instant(nanoseconds: 1 << UInt64(word.active.rawValue)))
        let next = held.next(phase: .open, active: word.active.other)
        precondition(board.exchangeRoute(0, from: held, to: next), "nobody else changes the word")
    }

    /// About a third of the workers is stopped at any time.
    private func disturb() {
        let slot = Int.random(in: 0..<pids.count, using: &random)
        if stopped.contains(slot) {
            continueOne()
        } else if stopped.count * 3 < pids.count {
            ChildProcess.send(.stop, to: pids[slot])
            stopped.insert(slot)
            result.stops += 1
        }
    }

    private func continueOne() {
        guard let slot = stopped.randomElement(using: &random) else { return }
        ChildProcess.send(.resume, to: pids[slot])
        stopped.remove(slot)
    }

    private func killOne() throws {
        let slot = Int.random(in: 0..<pids.count, using: &random)
        stopped.remove(slot)
        ChildProcess.send(.kill, to: pids[slot])
        _ = ChildProcess.wait(for: pids[slot])
        board.clear(slot: slot)
        pids[slot] = try start(slot)
        result.kills += 1
    }

    private func endAll() {
        let word = board.route(1)
        board.exchangeRoute(1, from: word, to: word.next(phase: .open, active: .blue))
        for slot in stopped { ChildProcess.send(.resume, to: pids[slot]) }
        for pid in pids { _ = ChildProcess.wait(for: pid) }
    }
}

/// A small generator with a seed, so that a run can be repeated as far as the scheduler allows.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
