public import Kernel

/// What became of a request that asked to start.
public enum Admission: Hashable, Sendable {
    /// It counts as in flight on this color until it is finished.
    case started(Color, epoch: UInt64)
    /// It has to wait and to ask again.
    case queued
    /// A hold that ends closed has run out, and this may write: it is to be refused.
    case closed
    case maintenance
    /// No controller has decided yet.
    case undecided
}

/// The words of one service that a starting request touches, each access on its own, so that the
/// same steps run on shared memory and in a test that tries every interleaving.
public protocol RouteMemory {
    mutating func loadRoute() -> RouteWord
    mutating func loadDeadline() -> Instant
    mutating func exchangeRoute(from old: RouteWord, to new: RouteWord) -> Bool
    /// Adds one to this worker's requests in flight on a color.
    mutating func announce(_ color: Color)
    /// Takes that one back.
    mutating func withdraw(_ color: Color)
}

/// How a request starts: announce first, then look again.
///
/// A worker that has announced itself and then still sees the same word is visible to whoever
/// changes the word afterwards; one that sees another word takes its announcement back. So a count
/// of zero that is seen after the word was changed means that nothing is in flight and that
/// nothing can start: a proof, not a timer. It needs the two accesses in this order for all
/// processes, hence sequential consistency.
public struct AdmissionSteps: Hashable, Sendable {
    private enum Step: Hashable, Sendable {
        case load
        case readDeadline(RouteWord)
        case endHold(RouteWord)
        case close(RouteWord)
        case announce(RouteWord)
        case lookAgain(RouteWord)
        case withdraw(Color)
    }

    private let kind: RequestKind
    private var step = Step.load

    @inline(__always)
    public init(_ kind: RequestKind) { self.kind = kind }

    /// Makes exactly one access; the outcome, once there is one.
    @inline(__always)
    public mutating func advance(
        _ memory: inout some RouteMemory, now: Instant
    ) -> Admission? {
        switch step {
        case .load:
            let word = memory.loadRoute()
            if !word.isDecided { return .undecided }
            let waits = word.phase == .maintenance || word.holds(kind)
            step = waits ? .readDeadline(word) : .announce(word)
        case .readDeadline(let word):
            // The deadline of a hold is written before its word, so this one is the word's own or
            // a later one; a later one belongs to a later word, and the exchange would fail.
            guard now >= memory.loadDeadline() else {
                return word.phase == .maintenance ? .maintenance : .queued
            }
            if word.endsClosed {
                // Reads go on: nothing that they do can be lost.
                guard word.phase == .held else { return .closed }
                step = .close(word)
                return nil
            }
            step = .endHold(word)
        case .endHold(let word):
            // Whoever comes second, worker or controller, loses and sees the other's word.
            _ = memory.exchangeRoute(from: word, to: word.next(phase: .open, active: word.active))
            step = .load
        case .close(let word):
            _ = memory.exchangeRoute(
                from: word,
                to: word.next(phase: .heldWrites, active: word.active, endsClosed: true))
            step = .load
        case .announce(let word):
            memory.announce(word.active)
            step = .lookAgain(word)
        case .lookAgain(let word):
            if memory.loadRoute() == word { return .started(word.active, epoch: word.epoch) }
            step = .withdraw(word.active)
        case .withdraw(let color):
            memory.withdraw(color)
            step = .load
        }
        return nil
    }
}
