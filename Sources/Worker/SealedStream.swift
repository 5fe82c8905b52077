import Bytes
import Kernel
import TLS

/// The sealed side of a connection, as the rest of the worker sees it: calls like those of a plain
/// socket.
///
/// A class, for plain connections have none, and their slots stay small. All that it has is in one
/// value: reaching into an object is checked by the runtime, once a call here.
class SealedStream {
    enum Handshake { case complete, underWay, failed }

    private var octets: SealedOctets

    init(
        _ session: consuming TLSSession, sending: StaticString, receiving: StaticString,
        bareEnd: Transfer
    ) {
        octets = SealedOctets(
            session, sending: sending, receiving: receiving, bareEnd: bareEnd)
    }

    /// The handshake is complete.
    final var isAgreed: Bool { octets.isAgreed }

    /// nil until the handshake is complete.
    final var agreement: TLSSession.Agreement? { octets.agreement }

    /// The client said which server it wants.
    final var hasNamedServer: Bool { octets.agreement?.serverName != nil }

    /// Why the handshake failed, where the peer is at fault.
    final var problem: String? { octets.problem }

    /// Sealed octets wait for the peer to take them.
    final var hasToSend: Bool { octets.hasToSend }

    /// Plain octets may be had without an event of the socket.
    final var hasUnread: Bool { octets.hasUnread }

    /// Another read in this turn is worth its call.
    final var mayHaveMore: Bool { octets.mayHaveMore }

    /// The first sealed octets came behind something else.
    final func begin(with first: borrowing ByteBuffer) { octets.begin(with: first) }

    /// Goes on with the handshake as far as what has come allows.
    final func shakeHands(_ socket: CInt, _ pool: inout BufferPool) -> Handshake {
        octets.shakeHands(socket, &pool)
    }

    /// Reads once, like `Socket.receive`.
    final func receive(
        _ socket: CInt, into plain: inout ByteBuffer, _ pool: inout BufferPool
    ) -> Transfer {
        octets.receive(socket, into: &plain, &pool)
    }

    /// Seals and writes what the peer takes; `moved` counts plain octets. `isLast`: with them the
    /// end is told.
    final func send(
        _ plain: RawSpan, isLast: Bool = false, to socket: CInt, _ pool: inout BufferPool
    ) -> Transfer {
        octets.send(plain, isLast: isLast, to: socket, &pool)
    }

    /// Writes sealed octets that wait.
    final func flush(_ socket: CInt) -> ClientConnection.Flushed { octets.flush(socket) }

    /// Says that nothing more comes.
    final func end(_ socket: CInt, _ pool: inout BufferPool) { octets.end(socket, &pool) }

    final func releaseEmptyBuffers(_ pool: inout BufferPool) {
        octets.releaseEmptyBuffers(&pool)
    }

    final func release(_ pool: inout BufferPool) { octets.release(&pool) }
}
