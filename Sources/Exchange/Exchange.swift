public import Board
public import HTTP
public import Kernel

/// One request from its head to the last octet of its answer, whatever carried it: what may be
/// started, what has to wait, what may be sent again, and when it counts no more.
///
/// It sees no socket and no HTTP/1.1: events come in, each gives back what is to be done. The
/// caller asks the board and moves the octets.
public struct Exchange: Sendable {
    public enum State: Hashable, Sendable {
        /// No request.
        case idle
        /// The head is there, and a declared body is awaited before it starts.
        case collecting
        /// It asks the board.
        case asking
        case held(since: Instant)
        /// It counts on this color; nothing of it was sent.
        case started(Color)
        /// Something of it was sent, and nothing came back.
        case sent(Color)
        /// Octets of an answer came back: it is not sent again. The client has seen none of them.
        case reading(Color)
        /// The head of the answer went to the client.
        case answering(Color)
        /// A tunnel or an event stream: it left what a drain waits for.
        case streaming(Color)
    }

    /// What to do now.
    public enum Action: Hashable, Sendable {
        case none
        /// Await the rest of the body.
        case collect
        /// Ask the board, and tell with `admitted`.
        case ask
        /// Into the queue.
        case wait
        /// Find a target of this color and send.
        case start(Color)
        /// Nothing happened yet: give the count back and ask again.
        case retry(Color)
        /// Answer this ourselves. Where a color is given, the count is given back.
        case refuse(Reason, Color?)
        /// The same, but the app may still be at work: it stays counted until that has answered or
        /// closed.
        case refuseAndAbandon(Reason, Color)
        /// The answer has begun and cannot be completed: end the client's connection visibly.
        case cut(Color)
        /// The same, but the app may still be at work.
        case cutAndAbandon(Color)
        /// A stream's other end is gone.
        case endStream(Color)
        /// It is out of the queue; nothing was ever sent.
        case leave
        /// Nobody waits for the answer: it stays counted until the app has answered or closed.
        case abandon(Color)
        /// The app's last octet was read: give the count back.
        case finish(Color)
    }

    /// Why an upstream connection was of no use.
    public enum Failure: Hashable, Sendable {
        /// No connection could be made.
        case refused
        /// No connection in time.
        case connectTimeout
        /// It ended or broke.
        case reset
        /// What came is no HTTP.
        case invalid
        /// No TLS could be agreed on that can be trusted.
        case insecure
        /// Nothing came in time.
        case timeout
        /// There is no descriptor or no place for one more connection here.
        case exhausted

        public var reason: Reason {
            switch self {
            case .refused: .upstreamRefused
            case .reset: .upstreamReset
            case .invalid: .upstreamInvalid
            case .insecure: .upstreamInsecure
            case .connectTimeout, .timeout: .upstreamTimeout
            case .exhausted: .overloaded
            }
        }
    }

    /// One retry: a retry is not retried (RFC 9110 section 9.2.2).
    private static let attemptsMax: UInt8 = 2

    public private(set) var state = State.idle
    public private(set) var kind = RequestKind.read
    /// In `service`, of what reached none.
    public static let noService = -1

    /// As the board counts services.
    public private(set) var service = Self.noService
    /// When the head was complete.
    public private(set) var begin = Instant(nanoseconds: 0)
    /// Of the word under which it started last; 0 where it never started.
    public private(set) var epoch: UInt64 = 0
    private var isIdempotent = false
    private var attempts: UInt8 = 0

    public init() {}

    /// A head was read and belongs to this service.
    public mutating func begin(
        _ kind: RequestKind, service: Int, isIdempotent: Bool, awaitsBody: Bool, now: Instant
    ) -> Action {
        self = Exchange()
        self.kind = kind
        self.service = service
        self.isIdempotent = isIdempotent
        begin = now
        state = awaitsBody ? .collecting : .asking
        return awaitsBody ? .collect : .ask
    }

    /// The awaited body is there.
    public mutating func bodyCollected() -> Action {
        precondition(state == .collecting, "no body was awaited")
        state = .asking
        return .ask
    }

    /// The board's word on it.
    public mutating func admitted(_ admission: Admission, now: Instant) -> Action {
        switch admission {
        case .started(let color, let epoch):
            state = .started(color)
            self.epoch = epoch
            attempts += 1
            return .start(color)
        case .queued:
            return wait(now: now)
        case .closed:
            return refuse(.migrating)
        case .maintenance:
            return refuse(.maintenance)
        case .undecided:
            return refuse(.overloaded)
        }
    }

    /// It has to wait behind others, or because a hold stands.
    public mutating func wait(now: Instant) -> Action {
        if case .held = state { return .none }
        state = .held(since: now)
        return .wait
    }

    /// The queue has no room, or its own wait has lasted too long.
    public mutating func refuse(_ reason: Reason) -> Action {
        state = .idle
        return .refuse(reason, nil)
    }

    /// The first octets went out.
    public mutating func firstOctetSent() {
        if case .started(let color) = state { state = .sent(color) }
    }

    /// The first octet of an answer came in.
    public mutating func answerBegan() {
        if case .sent(let color) = state { state = .reading(color) }
    }

    /// The head of the final answer, or of a tunnel, goes to the client.
    public mutating func answerPassed() {
        if case .reading(let color) = state { state = .answering(color) }
    }

    /// The answer is a tunnel or an event stream. The caller tells the board.
    public mutating func becameStream() {
        if case .answering(let color) = state { state = .streaming(color) }
    }

    /// `isResendable`: all that was sent can be sent once more.
    public mutating func failed(_ failure: Failure, isResendable: Bool) -> Action {
        switch state {
        case .started(let color):
            // Nothing of it was sent: even a POST may go again.
            if failure == .refused || failure == .reset, attempts < Self.attemptsMax {
                state = .asking
                return .retry(color)
            }
            state = .idle
            return .refuse(failure.reason, color)
        case .sent(let color):
            if failure == .reset, isIdempotent, isResendable, attempts < Self.attemptsMax {
                state = .asking
                return .retry(color)
            }
            state = .idle
            return refuse(failure, color)
        case .reading(let color):
            state = .idle
            return refuse(failure, color)
        case .answering(let color):
            state = .idle
            return failure == .timeout ? .cutAndAbandon(color) : .cut(color)
        case .streaming(let color):
            state = .idle
            return .endStream(color)
        case .idle, .collecting, .asking, .held:
            return .none
        }
    }

    /// An app that only takes its time is still at work.
    private func refuse(_ failure: Failure, _ color: Color) -> Action {
        failure == .timeout
            ? .refuseAndAbandon(failure.reason, color) : .refuse(failure.reason, color)
    }

    /// It is to be broken off now, whatever it waits for.
    public mutating func cutOff() -> Action {
        switch state {
        case .started(let color), .sent(let color), .reading(let color):
            state = .idle
            return .refuse(.upstreamTimeout, color)
        case .answering(let color):
            state = .idle
            return .cut(color)
        case .idle, .collecting, .asking, .held, .streaming:
            return .none
        }
    }

    /// The app's last octet was read.
    public mutating func answerEnded() -> Action {
        defer { state = .idle }
        switch state {
        case .started(let color), .sent(let color), .reading(let color), .answering(let color):
            return .finish(color)
        case .streaming(let color): return .endStream(color)
        case .idle, .collecting, .asking, .held: return .none
        }
    }

    /// The client's connection is gone.
    public mutating func clientLeft() -> Action {
        defer { state = .idle }
        switch state {
        case .idle, .collecting, .asking: return .none
        case .held: return .leave
        case .started(let color), .sent(let color), .reading(let color), .answering(let color):
            return .abandon(color)
        case .streaming(let color): return .endStream(color)
        }
    }

    /// Where it counts, or did when it became a stream.
    public var color: Color? {
        switch state {
        case .started(let color), .sent(let color), .reading(let color), .answering(let color),
            .streaming(let color):
            color
        case .idle, .collecting, .asking, .held: nil
        }
    }

    /// The client has seen the head of an answer.
    public var hasAnswered: Bool {
        switch state {
        case .answering, .streaming: true
        case .idle, .collecting, .asking, .held, .started, .sent, .reading: false
        }
    }

    /// It was tried before, and goes out on a connection of its own now: one that was kept may be
    /// as stale as the one before.
    public var isRetry: Bool { attempts > 1 }

    /// How long it waited so far; 0 where it does not wait.
    public func held(now: Instant) -> UInt64 {
        if case .held(let since) = state { return now.nanoseconds(since: since) }
        return 0
    }
}
