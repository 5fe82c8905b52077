import Kernel

/// One direction of a connection: octets on their way, and what the rule says of them.
struct Flow {
    enum Step {
        case goesOn
        /// The rule or a peer wants the whole connection reset.
        case resets
    }

    enum State {
        case open
        /// The reader was told the end.
        case ended
        case frozen
    }

    private static let chunk = 65_536

    var rule: Rule
    private(set) var state = State.open
    private var waiting: [UInt8] = []
    private var readyAt = Instant(nanoseconds: 0)
    private var passed = 0
    private var sourceEnded = false
    private var isBlocked = false

    init(_ rule: Rule) { self.rule = rule }

    var wantsRead: Bool { state == .open && waiting.isEmpty && !sourceEnded }
    var wantsWrite: Bool { state == .open && isBlocked }

    /// Whether anything will be read or written of it yet.
    var goesOn: Bool { wantsRead || wantsWrite || nextMoment != nil }

    /// What came and waits; for a look at the first octets.
    var seen: [UInt8] { waiting }

    /// When there is something to do without an event; nil where there is not.
    var nextMoment: Instant? {
        state == .open && !isBlocked && (!waiting.isEmpty || sourceEnded) ? readyAt : nil
    }

    /// Reads where it may.
    mutating func take(from source: CInt, now: Instant) -> Step {
        guard wantsRead else { return .goesOn }
        switch Socket.receive(
            "chaos.receive", from: source, appendingTo: &waiting, bytesMax: Self.chunk)
        {
        case .moved: readyAt = now.advanced(byNanoseconds: rule.delayMilliseconds * 1_000_000)
        case .end:
            sourceEnded = true
            readyAt = now.advanced(byNanoseconds: rule.delayMilliseconds * 1_000_000)
        case .wouldBlock: break
        case .failed: return .resets
        }
        return .goesOn
    }

    /// Writes what is due. `canWrite`: the poller said so, or nothing was refused yet.
    mutating func give(to sink: CInt, now: Instant) -> Step {
        while state == .open, now >= readyAt {
            if let fault = rule.fault, passed >= rule.faultAt {
                switch fault {
                case .reset: return .resets
                case .freeze: state = .frozen
                case .halfClose: end(sink)
                }
                return .goesOn
            }
            guard !waiting.isEmpty else {
                if sourceEnded { end(sink) }
                return .goesOn
            }
            var count = waiting.count
            if rule.slice > 0 { count = min(count, rule.slice) }
            if rule.rate > 0 { count = min(count, max(1, rule.rate / 100)) }
            if rule.fault != nil { count = min(count, rule.faultAt - passed) }
            switch Socket.send("chaos.send", to: sink, waiting[..<count]) {
            case .moved(let moved):
                isBlocked = false
                waiting.removeFirst(moved)
                passed += moved
                if rule.rate > 0 {
                    readyAt = now.advanced(
                        byNanoseconds: UInt64(moved) * 1_000_000_000 / UInt64(rule.rate))
                }
            case .wouldBlock:
                isBlocked = true
                return .goesOn
            case .end, .failed: return .resets
            }
        }
        return .goesOn
    }

    private mutating func end(_ sink: CInt) {
        Socket.shutdownWriting(sink)
        state = .ended
    }
}
