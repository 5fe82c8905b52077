internal import CKernel
internal import Glibc

/// epoll(7), level-triggered: what is not read is reported again.
///
/// What a registration means is told by its 64-bit token. Owners pack a slot and its generation
/// into it, so that an event for a slot that was reused meanwhile is recognised and dropped.
@safe public struct Poller: ~Copyable {
    /// What to be told of. Errors and hang-ups are always reported.
    public struct Interest: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let readable = Interest(rawValue: EPOLLIN.rawValue)
        public static let writable = Interest(rawValue: EPOLLOUT.rawValue)
        /// The peer ended its side (EPOLLRDHUP); reported although nobody reads.
        public static let peerEnd = Interest(rawValue: EPOLLRDHUP.rawValue)
        /// Of several processes that poll one listener few are woken (EPOLLEXCLUSIVE).
        public static let exclusive = Interest(rawValue: EPOLLEXCLUSIVE.rawValue)
    }

    public struct Event: Sendable {
        public let token: UInt64
        let events: UInt32

        /// Data, an end or an error is there to be read.
        public var isReadable: Bool {
            events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        public var isWritable: Bool {
            events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        public var isPeerEnd: Bool { events & EPOLLRDHUP.rawValue != 0 }
        /// Both directions are gone (EPOLLHUP) or the socket failed (EPOLLERR).
        public var isBroken: Bool { events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    }

    private let epoll: Descriptor
    /// One buffer for all waits. SAFETY: owned by this value, freed with it.
    private let buffer: UnsafeMutableBufferPointer<epoll_event>
    private var count = 0

    /// Reports at most `batch` events a wait.
    public init(_ operation: StaticString, batch: Int = 256) throws(SystemError) {
        let number = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard number >= 0 else { throw SystemError("\(operation)", .current) }
        epoll = Descriptor(owning: number)
        unsafe buffer = .allocate(capacity: batch)
        unsafe buffer.initialize(repeating: epoll_event())
    }

    deinit { unsafe buffer.deallocate() }

    public func add(_ descriptor: CInt, _ interest: Interest, token: UInt64) -> Errno? {
        control(EPOLL_CTL_ADD, descriptor, interest, token)
    }

    public func change(_ descriptor: CInt, _ interest: Interest, token: UInt64) -> Errno? {
        control(EPOLL_CTL_MOD, descriptor, interest, token)
    }

    /// Closing a descriptor that was not duplicated removes it too.
    public func remove(_ descriptor: CInt) {
        _ = control(EPOLL_CTL_DEL, descriptor, [], 0)
    }

    /// Waits until something is reported; `milliseconds` of nil waits without end. Returns how
    /// many events there are, 0 after the time or a signal.
    public mutating func wait(milliseconds: Int?) -> Int {
        let limit = milliseconds.map { CInt(clamping: $0) } ?? -1
        let result = unsafe epoll_wait(
            epoll.number, buffer.baseAddress, CInt(buffer.count), limit)
        count = max(0, Int(result))
        return count
    }

    /// Of the last wait; valid until the next.
    public subscript(index: Int) -> Event {
        precondition(index < count, "no such event")
        let event = unsafe buffer[index]
        return unsafe Event(token: event.data.u64, events: event.events)
    }

    private func control(
        _ command: CInt, _ descriptor: CInt, _ interest: Interest, _ token: UInt64
    ) -> Errno? {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        return unsafe epoll_ctl(epoll.number, command, descriptor, &event) == 0 ? nil : .current
    }
}
