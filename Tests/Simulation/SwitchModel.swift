import Kernel

@testable import Board

/// The board's memory for one service, as a value, so that every interleaving can be tried: two
/// workers, one controller, a clock that passes the deadline at some moment or never.
struct ModelMemory: Hashable {
    var route = RouteWord(epoch: 1, phase: .open, active: .blue)
    var deadline = Instant(nanoseconds: 0)
    /// Per worker and color.
    var inFlight = [[0, 0], [0, 0]]
}

/// What one worker sees of it.
struct WorkerView: RouteMemory {
    var memory: ModelMemory
    let worker: Int

    func loadRoute() -> RouteWord { memory.route }
    func loadDeadline() -> Instant { memory.deadline }
    mutating func exchangeRoute(from old: RouteWord, to new: RouteWord) -> Bool {
        guard memory.route == old else { return false }
        memory.route = new
        return true
    }
    mutating func announce(_ color: Color) {
        memory.inFlight[worker][Int(color.rawValue)] += 1
    }
    mutating func withdraw(_ color: Color) {
        memory.inFlight[worker][Int(color.rawValue)] -= 1
    }
}

/// A worker that starts a number of requests, one after the other.
struct ModelWorker: Hashable {
    enum State: Hashable {
        case asking(AdmissionSteps)
        case running(Color)
        case waiting
        case done
    }
    var state = State.asking(AdmissionSteps(.write))
    var left: Int
}

/// A controller that holds, drains, and then switches to green, in the order of the design.
struct ModelController: Hashable {
    enum State: Hashable {
        case writeDeadline
        case hold
        case readCount(worker: Int)
        case switchOver
        case done(switched: Bool)
    }
    var state = State.writeDeadline
    var held = RouteWord.undecided
    /// Set once blue's counts were all seen as 0 inside the hold.
    var sawDrained = false
}

/// The whole system between two steps.
struct Model: Hashable {
    static let deadline = Instant(nanoseconds: 10)

    var memory = ModelMemory()
    var workers: [ModelWorker]
    var controller = ModelController()
    var isDeadlinePassed = false
    /// What the property is about: the drain was seen and the switch has happened.
    var isSwitched = false
    var violation: String?
    let looksAgain: Bool

    init(requests: Int, looksAgain: Bool = true) {
        workers = [ModelWorker(left: requests), ModelWorker(left: requests)]
        self.looksAgain = looksAgain
    }

    var now: Instant { Instant(nanoseconds: isDeadlinePassed ? 10 : 1) }

    /// Every state that one more step of anybody can lead to.
    var successors: [Model] {
        var next: [Model] = []
        for worker in workers.indices {
            if let model = stepping(worker: worker) { next.append(model) }
        }
        if let model = steppingController() { next.append(model) }
        if !isDeadlinePassed {
            var model = self
            model.isDeadlinePassed = true
            next.append(model)
        }
        return next
    }

    private func stepping(worker index: Int) -> Model? {
        var model = self
        switch workers[index].state {
        case .done:
            return nil
        case .waiting:
            // Woken, or looking again after a while: it asks anew. Without a change of the word
            // or the clock that would lead nowhere new.
            model.workers[index].state = .asking(AdmissionSteps(.write))
        case .running(let color):
            model.memory.inFlight[index][Int(color.rawValue)] -= 1
            model.workers[index].left -= 1
            model.workers[index].state =
                model.workers[index].left == 0 ? .done : .asking(AdmissionSteps(.write))
        case .asking(var steps):
            let before = memory.inFlight[index]
            var view = WorkerView(memory: memory, worker: index)
            let admission = steps.advance(&view, now: now)
            model.memory = view.memory
            model.workers[index].state = .asking(steps)
            if let admission { model.take(admission, worker: index) }
            if !looksAgain,
                let color = Color.allCases.first(where: {
                    view.memory.inFlight[index][Int($0.rawValue)] > before[Int($0.rawValue)]
                })
            {
                // The broken variant: what was announced is taken for started.
                model.start(color, worker: index)
            }
        }
        return model
    }

    private mutating func take(_ admission: Admission, worker index: Int) {
        switch admission {
        case .started(let color, _): start(color, worker: index)
        case .queued: workers[index].state = .waiting
        case .closed, .maintenance, .undecided: violation = "refused: \(admission)"
        }
    }

    private mutating func start(_ color: Color, worker index: Int) {
        workers[index].state = .running(color)
        // The announcement may be older than the switch; the second look is what tells.
        if color == .blue, isSwitched { violation = "started on blue after the switch" }
    }

    private func steppingController() -> Model? {
        var model = self
        switch controller.state {
        case .writeDeadline:
            model.memory.deadline = Self.deadline
            model.controller.state = .hold
        case .hold:
            model.controller.held = memory.route.next(phase: .held, active: .blue)
            model.memory.route = model.controller.held
            model.controller.state = .readCount(worker: 0)
        case .readCount(let worker):
            guard memory.inFlight[worker][0] == 0 else { return nil }
            if worker == 0 {
                model.controller.state = .readCount(worker: 1)
            } else {
                model.controller.state = .switchOver
                model.controller.sawDrained = true
            }
        case .switchOver:
            guard memory.route == controller.held else {
                // A worker found the deadline passed and was first.
                model.controller.state = .done(switched: false)
                break
            }
            model.memory.route = memory.route.next(phase: .open, active: .green)
            model.controller.state = .done(switched: true)
            model.isSwitched = true
            for worker in workers where worker.state == .running(.blue) {
                model.violation = "a request runs on blue at the switch"
            }
        case .done:
            return nil
        }
        return model
    }

    /// Nobody can do anything new any more.
    var isOver: Bool {
        guard case .done = controller.state else { return false }
        return workers.allSatisfy { $0.state == .done }
    }
}
