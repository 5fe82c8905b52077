import Kernel

@testable import Board

/// A worker: one request asks the board at a time, others wait in its queue or run.
struct SimulatedWorker {
    enum Life { case running, stopped, dead }

    /// A request at its app.
    struct Running {
        let color: Color
        let ends: Instant
    }

    var life = Life.running
    /// What is asking now, and whether it waited before.
    private var asking: AdmissionSteps?
    private(set) var waiting = 0
    private(set) var running: [Running] = []
    private(set) var started = 0
    private(set) var finished = 0
    /// How many it has still to take from clients.
    var toCome: Int
    /// The queue is looked at again then: it is woken, or looks by itself.
    private var looksAgain = Instant(nanoseconds: 0)

    init(requests: Int) { toCome = requests }

    var isDone: Bool { toCome == 0 && waiting == 0 && asking == nil && running.isEmpty }

    func canStep(now: Instant) -> Bool {
        guard life == .running else { return false }
        return asking != nil || running.contains { $0.ends <= now }
            || (waiting > 0 ? looksAgain <= now : toCome > 0)
    }

    /// One step of one request. Returns what has just started.
    mutating func step(
        _ index: Int, _ board: SimulatedBoard, now: Instant, _ seed: inout Seed
    ) -> Running? {
        if var steps = asking {
            var slot = SimulatedSlot(board: board, worker: index)
            let admission = steps.advance(&slot, now: now)
            asking = admission == nil ? steps : nil
            return admission.flatMap { take($0, now, &seed) }
        }
        if let place = running.firstIndex(where: { $0.ends <= now }) {
            board.add(-1, index, running.remove(at: place).color)
            finished += 1
            return nil
        }
        // Those that waited first; new ones go behind them.
        if waiting > 0 {
            waiting -= 1
        } else {
            toCome -= 1
        }
        asking = AdmissionSteps(.write)
        return nil
    }

    private mutating func take(
        _ admission: Admission, _ now: Instant, _ seed: inout Seed
    ) -> Running? {
        switch admission {
        case .started(let color, _):
            // Mostly short, now and then longer than any drain.
            let takes = seed.isOne(in: 24) ? 60_000_000 : seed.below(8_000_000)
            let request = Running(
                color: color, ends: now.advanced(byNanoseconds: UInt64(takes)))
            running.append(request)
            started += 1
            return request
        case .queued, .maintenance, .closed, .undecided:
            waiting += 1
            looksAgain = now.advanced(byNanoseconds: UInt64(1 + seed.below(10_000_000)))
            return nil
        }
    }

    /// It breaks off what it has on a color.
    mutating func cut(_ color: Color, _ index: Int, _ board: SimulatedBoard) {
        let before = running.count
        running.removeAll { $0.color == color }
        board.add(running.count - before, index, color)
    }

    /// It dies: what it had is gone. The queue is lost with its connections; those clients come
    /// again.
    mutating func die() {
        life = .dead
        running = []
        toCome += waiting + (asking == nil ? 0 : 1)
        waiting = 0
        asking = nil
    }

    /// The soonest moment at which it may have something to do.
    var next: Instant {
        let ends = running.map(\.ends).min { $0 < $1 } ?? .never
        return waiting > 0 && looksAgain < ends ? looksAgain : ends
    }
}
