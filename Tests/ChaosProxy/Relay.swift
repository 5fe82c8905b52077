import Kernel

/// Accepts, connects on, and moves octets as the rules say, on one thread.
struct Relay: ~Copyable {
    /// Two sockets and what goes between them.
    private struct Pair {
        let client: CInt
        let target: CInt
        var up: Flow
        var down: Flow
        var isJudged = false
        /// Broken ones whose last octets the other side has yet to take, by their tokens.
        var setAside: Set<UInt64> = []
    }

    private let plan: Plan
    private let listener: Descriptor
    private var poller: Poller
    private var pairs: [UInt64: Pair] = [:]
    private var nextPair: UInt64 = 1
    private var numbers: Numbers
    private static let listenerToken: UInt64 = 0

    static func open(_ plan: Plan) throws -> Relay {
        let listener = try Socket.listen("chaos.listen", on: plan.listen, backlog: 1024)
        let poller = try Poller("chaos.poll")
        _ = poller.add(listener.number, .readable, token: listenerToken)
        return Relay(plan: plan, listener: listener, poller: poller)
    }

    private init(plan: Plan, listener: consuming Descriptor, poller: consuming Poller) {
        numbers = Numbers(seed: plan.seed ?? 0)
        self.plan = plan
        self.listener = listener
        self.poller = poller
    }

    var address: SocketAddress? { Socket.localAddress(listener.number) }

    /// Until the process is ended.
    mutating func run() {
        while true {
            let count = poller.wait(milliseconds: patience())
            var broken: Set<UInt64> = []
            for index in 0..<count {
                let event = poller[index]
                if event.token == Self.listenerToken {
                    accept()
                } else if event.isBroken {
                    broken.insert(event.token)
                }
            }
            let now = Instant.now
            for key in pairs.keys.sorted() {
                move(key, now, broken: broken)
            }
        }
    }

    private func patience() -> Int? {
        let moments = pairs.values.flatMap { [$0.up.nextMoment, $0.down.nextMoment] }
        guard let next = moments.compactMap(\.self).min() else { return nil }
        return Int((next.nanoseconds(since: .now) + 999_999) / 1_000_000)
    }

    private mutating func accept() {
        while case .connection(let socket, _) = Socket.accept("chaos.accept", from: listener.number)
        {
            Socket.setNoDelay(socket.number)
            if plan.refuses {
                Socket.setResetOnClose(socket.number)
                continue
            }
            guard let target = try? Socket.connect("chaos.connect", to: plan.target) else {
                Socket.setResetOnClose(socket.number)
                continue
            }
            let key = nextPair
            nextPair += 1
            _ = poller.add(socket.number, .readable, token: key << 1)
            _ = poller.add(target.number, .writable, token: key << 1 | 1)
            let (up, down) = rules()
            pairs[key] = Pair(
                client: socket.release(), target: target.release(), up: Flow(up),
                down: Flow(down))
        }
    }

    /// What happens to the next connection.
    private mutating func rules() -> (Rule, Rule) {
        guard plan.seed != nil else { return (plan.up, plan.down) }
        guard numbers.next(below: 100) < plan.faultyPercent else { return (.none, .none) }
        let isUp = numbers.next(below: 2) == 0
        let rule = Rule.random(using: &numbers)
        return isUp ? (rule, .none) : (.none, rule)
    }

    private mutating func move(_ key: UInt64, _ now: Instant, broken: Set<UInt64>) {
        guard var pair = pairs[key] else { return }
        var step = Flow.Step.goesOn
        func note(_ other: Flow.Step) { if other == .resets { step = .resets } }
        note(pair.up.take(from: pair.client, now: now))
        judge(&pair)
        note(pair.up.give(to: pair.target, now: now))
        note(pair.down.take(from: pair.target, now: now))
        note(pair.down.give(to: pair.client, now: now))
        // A broken socket that nobody will read would be reported for ever.
        let isStuck =
            (broken.contains(key << 1) && !pair.up.goesOn)
            || (broken.contains(key << 1 | 1) && !pair.down.goesOn)
        let isOver = pair.up.state == .ended && pair.down.state == .ended
        if step == .resets || isStuck || isOver {
            return end(key, pair, isReset: !isOver)
        }
        watch(&pair, pair.client, read: pair.up, write: pair.down, key << 1, broken)
        watch(&pair, pair.target, read: pair.down, write: pair.up, key << 1 | 1, broken)
        pairs[key] = pair
    }

    /// One that is broken is told of whatever was asked: not before its octets are wanted.
    private mutating func watch(
        _ pair: inout Pair, _ socket: CInt, read: Flow, write: Flow, _ token: UInt64,
        _ broken: Set<UInt64>
    ) {
        let interest = Self.interest(read: read, write: write)
        if pair.setAside.contains(token) {
            guard read.wantsRead else { return }
            pair.setAside.remove(token)
            _ = poller.add(socket, interest, token: token)
        } else if broken.contains(token), !read.wantsRead {
            pair.setAside.insert(token)
            poller.remove(socket)
        } else {
            _ = poller.change(socket, interest, token: token)
        }
    }

    /// A connection that begins with the spared words passes as it is.
    private func judge(_ pair: inout Pair) {
        guard !pair.isJudged, let spared = plan.spared, !pair.up.seen.isEmpty else { return }
        pair.isJudged = true
        if pair.up.seen.starts(with: spared) {
            pair.up.rule = .none
            pair.down.rule = .none
        }
    }

    private static func interest(read: Flow, write: Flow) -> Poller.Interest {
        var interest: Poller.Interest = []
        if read.wantsRead { interest.insert(.readable) }
        if write.wantsWrite { interest.insert(.writable) }
        return interest
    }

    private mutating func end(_ key: UInt64, _ pair: Pair, isReset: Bool) {
        pairs[key] = nil
        for number in [pair.client, pair.target] {
            let socket = Descriptor(owning: number)
            if isReset { Socket.setResetOnClose(socket.number) }
        }
    }
}
