import Kernel

/// One TCP connection in octets, with a bound on every wait. Belongs to one thread at a time.
final class RawConnection {
    /// How a connection ended, or why it was given up.
    enum Failure: Error, CustomStringConvertible {
        case refused(Errno)
        case timedOut(received: String)
        case closed(received: String)
        case reset(received: String)
        /// The test has ended what this connection belongs to.
        case stopped
        case notHTTP(String)

        var description: String {
            switch self {
            case .refused(let errno): "no connection: \(errno.message)"
            case .timedOut(let received): "nothing more came after: \(received)"
            case .closed(let received): "closed after: \(received)"
            case .reset(let received): "reset after: \(received)"
            case .stopped: "stopped"
            case .notHTTP(let text): "not HTTP: \(text)"
            }
        }
    }

    enum End: Equatable {
        case closed
        case reset
    }

    /// Seconds that one call may take.
    var patience = 5.0
    /// What came and was not taken yet.
    private(set) var received: [UInt8] = []
    private var socket: Descriptor?
    private let number: CInt
    private var poller: Poller
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    private static let socketToken: UInt64 = 0
    private static let stopToken: UInt64 = 1

    /// Takes over a socket; `stop` ends every wait once it is signalled.
    init(owning number: CInt, stop: StopSign? = nil) throws {
        self.number = number
        socket = Descriptor(owning: number)
        poller = try Poller("test.poll", batch: 4)
        _ = poller.add(number, .readable, token: Self.socketToken)
        if let stop { _ = poller.add(stop.number, .readable, token: Self.stopToken) }
    }

    /// Connects, within the patience of a new connection.
    convenience init(to address: SocketAddress, stop: StopSign? = nil) throws {
        let socket: Descriptor
        do {
            socket = try Socket.connect("test.connect", to: address)
        } catch {
            throw Failure.refused(error.errno)
        }
        try self.init(owning: socket.release(), stop: stop)
        try wait(.writable, until: deadline())
        if let errno = Socket.pendingError(number) { throw Failure.refused(errno) }
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    /// Which port the connection has on this side.
    var localPort: UInt16? { Socket.localAddress(number)?.port }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ octets: [UInt8]) throws {
        let end = deadline()
        var sent = 0
        while sent < octets.count {
            switch push(octets, from: sent) {
            case .moved(let count): sent += count
            case .wouldBlock: try wait(.writable, until: end)
            case .end: throw Failure.closed(received: text)
            case .failed: throw Failure.reset(received: text)
            }
        }
    }

    /// Sends as much as the kernel takes now; returns how much that was.
    func sendSome(_ octets: [UInt8]) throws -> Int {
        switch push(octets, from: 0) {
        case .moved(let count): return count
        case .wouldBlock: return 0
        case .end: throw Failure.closed(received: text)
        case .failed: throw Failure.reset(received: text)
        }
    }

    private func push(_ octets: [UInt8], from start: Int) -> Transfer {
        unsafe octets.withUnsafeBytes {
            let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: $0[start...]))
            return Socket.send("test.send", to: number, span)
        }
    }

    // MARK: Receiving

    /// Takes exactly so many octets.
    func read(count: Int) throws -> [UInt8] {
        let end = deadline()
        while received.count < count { try more(until: end) }
        return take(count)
    }

    /// Takes everything up to and with the mark.
    func read(through mark: String) throws -> String {
        let mark = Array(mark.utf8)
        let end = deadline()
        var from = 0
        while true {
            if let found = received.firstRange(of: mark, from: from) {
                return String(decoding: take(found + mark.count), as: UTF8.self)
            }
            from = max(0, received.count - mark.count)
            try more(until: end)
        }
    }

    /// Takes everything until the peer ends the connection.
    func readToEnd() throws -> (octets: [UInt8], end: End) {
        let deadline = deadline()
        while true {
            do {
                try more(until: deadline)
            } catch Failure.closed {
                return (take(received.count), .closed)
            } catch Failure.reset {
                return (take(received.count), .reset)
            }
        }
    }

    /// How the peer ended the connection, having sent nothing more.
    func expectEnd() throws -> End {
        let (octets, end) = try readToEnd()
        guard octets.isEmpty else {
            throw Failure.notHTTP(String(decoding: octets, as: UTF8.self))
        }
        return end
    }

    /// Whether something comes within this time; what comes stays to be taken.
    func hasMore(within seconds: Double) throws -> Bool {
        if !received.isEmpty { return true }
        do {
            try more(until: Instant.now.advanced(bySeconds: seconds))
            return true
        } catch Failure.timedOut {
            return false
        }
    }

    /// One read, once there is something.
    func more(until end: Instant) throws {
        while true {
            let result = unsafe chunk.withUnsafeMutableBytes {
                var span = unsafe MutableRawSpan(_unsafeBytes: $0)
                return Socket.receive("test.receive", from: number, into: &span)
            }
            switch result {
            case .moved(let count):
                received += chunk[..<count]
                return
            case .wouldBlock: try wait(.readable, until: end)
            case .end: throw Failure.closed(received: text)
            case .failed: throw Failure.reset(received: text)
            }
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        let octets = Array(received[..<count])
        received.removeFirst(count)
        return octets
    }

    // MARK: Ending

    /// The peer reads an end and may still answer.
    func endWriting() { Socket.shutdownWriting(number) }

    func close() { socket = nil }

    /// Closes so that the peer sees a reset.
    func reset() {
        Socket.setResetOnClose(number)
        socket = nil
    }

    // MARK: Waiting

    private func deadline() -> Instant { Instant.now.advanced(bySeconds: patience) }

    private func wait(_ interest: Poller.Interest, until end: Instant) throws {
        _ = poller.change(number, interest, token: Self.socketToken)
        while true {
            let left = end.nanoseconds(since: .now) / 1_000_000
            let count = poller.wait(milliseconds: Int(left) + 1)
            for index in 0..<count where poller[index].token == Self.stopToken {
                throw Failure.stopped
            }
            if count > 0 { return }
            if Instant.now >= end { throw Failure.timedOut(received: text) }
        }
    }
}

/// Ends the waits of everybody who watches it, for good.
final class StopSign: Sendable {
    private let counter: EventCounter

    init() throws { counter = try EventCounter("test.stop") }

    var number: CInt { counter.descriptor.number }

    func raise() { counter.signal() }
}

extension [UInt8] {
    /// Where a stretch begins that equals `mark`.
    func firstRange(of mark: [UInt8], from start: Int) -> Int? {
        guard count >= mark.count, start <= count - mark.count else { return nil }
        return (start...(count - mark.count)).first { index in
            self[index..<(index + mark.count)].elementsEqual(mark)
        }
    }
}
