internal import CKernel
internal import Glibc

/// A file descriptor with exactly one owner: closed when the value ends.
public struct Descriptor: ~Copyable, Sendable {
    /// Valid as long as this value lives. Give it only to calls that do not keep it.
    public let number: CInt

    /// Takes ownership.
    public init(owning number: CInt) {
        precondition(number >= 0, "a descriptor is not negative")
        self.number = number
    }

    deinit { _ = Glibc.close(number) }

    /// Gives the number away unclosed.
    public consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    /// A second descriptor of the same open file, closed on exec.
    public func duplicate(_ operation: StaticString) throws(SystemError) -> Descriptor {
        let copy = ck_fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemError("\(operation)", .current) }
        return Descriptor(owning: copy)
    }

    /// A descriptor that was inherited under a fixed number at exec; nil where none is open.
    public static func inherited(_ number: CInt) -> Descriptor? {
        guard ck_fcntl(number, F_GETFD, 0) >= 0 else { return nil }
        _ = ck_fcntl(number, F_SETFD, CLong(FD_CLOEXEC))
        return Descriptor(owning: number)
    }

    /// Reads and writes answer `wouldBlock` instead of waiting.
    public func setNonBlocking(_ operation: StaticString) throws(SystemError) {
        let flags = ck_fcntl(number, F_GETFL, 0)
        guard flags >= 0, ck_fcntl(number, F_SETFL, CLong(flags | O_NONBLOCK)) >= 0 else {
            throw SystemError("\(operation)", .current)
        }
    }
}

/// What one read or write did.
public enum Transfer: Equatable, Sendable {
    /// So many octets were moved; more than 0.
    case moved(Int)
    /// The peer ended its side (reading), nothing was given (writing).
    case end
    /// Not now: wait for the poller.
    case wouldBlock
    case failed(Errno)

    @inline(__always)
    init(_ result: Int) {
        if result > 0 {
            self = .moved(result)
        } else if result == 0 {
            self = .end
        } else {
            let code = Errno.current
            // An interrupted call moved nothing; level-triggered polling asks again.
            self = code == .wouldBlock || code == .interrupted ? .wouldBlock : .failed(code)
        }
    }
}
