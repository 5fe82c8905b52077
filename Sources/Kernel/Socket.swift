internal import CKernel
internal import Glibc

/// Calls on sockets. All sockets made here do not block and are closed on exec.
public enum Socket {
    /// A stream socket that listens.
    ///
    /// `backlog` is cut by net.core.somaxconn. An IPv6 wildcard takes both families. A socket file
    /// that is left over must have been removed before.
    public static func listen(
        _ operation: StaticString, on address: SocketAddress, backlog: Int
    ) throws(SystemError) -> Descriptor {
        let socket = try open(operation, address)
        var on: CInt = 1
        if address.family != AF_UNIX {
            _ = unsafe setsockopt(
                socket.number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        if case .ipv6(let high, let low, _) = address {
            var only: CInt = high == 0 && low == 0 ? 0 : 1
            _ = unsafe setsockopt(
                socket.number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &only,
                socklen_t(MemoryLayout<CInt>.size))
        }
        let bound = unsafe address.withSockaddr { unsafe Glibc.bind(socket.number, $0, $1) }
        guard bound == 0, Glibc.listen(socket.number, CInt(backlog)) == 0 else {
            throw SystemError("\(operation)", .current, subject: address.description)
        }
        return socket
    }

    /// What one accept did.
    public enum Accepted: ~Copyable {
        case connection(Descriptor, peer: SocketAddress)
        case wouldBlock
        case failed(Errno)
    }

    @inline(__always)
    public static func accept(_ operation: StaticString, from listener: CInt) -> Accepted {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = unsafe withUnsafeMutablePointer(to: &peer) {
            // SAFETY: the storage is large enough for every family; the kernel stays within length.
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe ck_accept(listener, $0, &length)
            }
        }
        guard number >= 0 else {
            let code = Errno.current
            return code == .wouldBlock || code == .interrupted ? .wouldBlock : .failed(code)
        }
        return .connection(
            Descriptor(owning: number), peer: SocketAddress.read(&peer) ?? .unix(path: ""))
    }

    /// Starts a connection. It stands when the poller reports the socket writable and
    /// `pendingError` is nil; on loopback and for unix sockets it may stand at once.
    public static func connect(
        _ operation: StaticString, to address: SocketAddress
    ) throws(SystemError) -> Descriptor {
        let socket = try open(operation, address)
        setNoDelay(socket.number)
        let result = unsafe address.withSockaddr { unsafe Glibc.connect(socket.number, $0, $1) }
        guard result == 0 || Errno.current == .inProgress else {
            throw SystemError("\(operation)", .current, subject: address.description)
        }
        return socket
    }

    /// SO_ERROR: why a connection could not be made, nil where it stands.
    public static func pendingError(_ socket: CInt) -> Errno? {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
            return .current
        }
        return code == 0 ? nil : Errno(rawValue: code)
    }

    /// TCP_NODELAY: small answers leave at once (tcp(7)). Without effect on other sockets.
    public static func setNoDelay(_ socket: CInt) {
        var on: CInt = 1
        _ = unsafe setsockopt(
            socket, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// SO_LINGER of 0: closing sends a reset, so that a cut answer cannot look complete.
    public static func setResetOnClose(_ socket: CInt) {
        var reset = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }

    /// A listener refuses connections from now on, in every process that has it.
    public static func stopListening(_ socket: CInt) {
        _ = shutdown(socket, CInt(SHUT_RDWR))
    }

    /// Ends the writing side: the peer reads an end, and may still answer.
    public static func shutdownWriting(_ socket: CInt) {
        _ = shutdown(socket, CInt(SHUT_WR))
    }

    /// Reads once. `span` is not empty.
    @inline(__always)
    public static func receive(
        _ operation: StaticString, from socket: CInt, into span: inout MutableRawSpan
    ) -> Transfer {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        return unsafe span.withUnsafeMutableBytes {
            unsafe Transfer(recv(socket, $0.baseAddress, $0.count, 0))
        }
    }

    /// Looks without taking, whether anything or an end is waiting to be read.
    public static func peek(_ socket: CInt) -> Transfer {
        var octet: UInt8 = 0
        return unsafe Transfer(recv(socket, &octet, 1, CInt(MSG_PEEK)))
    }

    /// Writes once; a closed peer is an error, not a signal.
    @inline(__always)
    public static func send(
        _ operation: StaticString, to socket: CInt, _ span: RawSpan
    ) -> Transfer {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        return unsafe span.withUnsafeBytes {
            unsafe Transfer(
                Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)))
        }
    }

    /// Writes two stretches with one call, the first one first.
    @inline(__always)
    public static func send(
        _ operation: StaticString, to socket: CInt, _ first: RawSpan, _ second: RawSpan
    ) -> Transfer {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        return unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                // SAFETY: the kernel only reads the two stretches, which outlive the call.
                var parts = unsafe (
                    iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress),
                        iov_len: first.count),
                    iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress),
                        iov_len: second.count)
                )
                return unsafe withUnsafeMutablePointer(to: &parts) {
                    unsafe $0.withMemoryRebound(to: iovec.self, capacity: 2) { parts in
                        var message = unsafe msghdr()
                        unsafe message.msg_iov = parts
                        unsafe message.msg_iovlen = 2
                        return unsafe Transfer(
                            sendmsg(socket, &message, CInt(MSG_NOSIGNAL)))
                    }
                }
            }
        }
    }

    /// Two connected sockets that keep message boundaries (SOCK_SEQPACKET, unix(7)).
    public static func messagePair(
        _ operation: StaticString
    ) throws(SystemError) -> SocketPair {
        var pair: (CInt, CInt) = (-1, -1)
        let type =
            CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
            | CInt(SOCK_CLOEXEC.rawValue)
        let result = unsafe withUnsafeMutablePointer(to: &pair) {
            unsafe $0.withMemoryRebound(to: CInt.self, capacity: 2) {
                unsafe socketpair(AF_UNIX, type, 0, $0)
            }
        }
        guard result == 0 else { throw SystemError("\(operation)", .current) }
        return SocketPair(first: Descriptor(owning: pair.0), second: Descriptor(owning: pair.1))
    }

    /// Where the socket is bound: the port that was chosen for port 0.
    public static func localAddress(_ socket: CInt) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(socket, $0, &length)
            }
        }
        return result == 0 ? SocketAddress.read(&storage) : nil
    }

    /// Who is at the other end of a unix socket, as of the moment that it connected.
    public static func peerCredentials(_ socket: CInt) -> PeerCredentials? {
        var peer = PeerCredentials(process: 0, user: 0, group: 0)
        let result = unsafe ck_peer_credentials(socket, &peer.process, &peer.user, &peer.group)
        return result == 0 ? peer : nil
    }

    /// The supplementary groups of whoever is at the other end of a unix socket, as of the moment
    /// that it connected (unix(7), SO_PEERGROUPS); empty where the kernel does not tell.
    public static func peerGroups(_ socket: CInt) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: 32)
        var length = socklen_t(groups.count * MemoryLayout<UInt32>.size)
        var result = unsafe getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, &groups, &length)
        if result != 0, Errno.current == .outOfRange {
            // It has said how much room it wants.
            groups = .init(repeating: 0, count: Int(length) / MemoryLayout<UInt32>.size)
            result = unsafe getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, &groups, &length)
        }
        guard result == 0 else { return [] }
        return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size))
    }

    private static func open(
        _ operation: StaticString, _ address: SocketAddress
    ) throws(SystemError) -> Descriptor {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: address.description)
        }
        let type =
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
            | CInt(SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(address.family, type, 0)
        guard number >= 0 else {
            throw SystemError("\(operation)", .current, subject: address.description)
        }
        return Descriptor(owning: number)
    }
}

/// Two sockets that are connected with each other.
public struct SocketPair: ~Copyable {
    public let first: Descriptor
    public let second: Descriptor

    /// Gives both ends away, unclosed.
    public consuming func release() -> (first: CInt, second: CInt) {
        (first.release(), second.release())
    }
}

/// A process at the other end of a unix socket.
public struct PeerCredentials: Hashable, Sendable {
    public var process: Int32
    public var user: UInt32
    public var group: UInt32
}
