internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import Kernel
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Serves HTTP on sockets that are bound already.
///
/// Connections are accepted here and handed to Hummingbird one by one, since it can neither take a
/// bound socket nor say who is at the other end of one.
final class APIServer: Sendable {
    /// Where a connection came in decides what may be asked.
    enum Door: Sendable {
        case control
        case admin
    }

    /// Beyond these, the one that has done nothing for the longest makes room.
    static let connectionsMax = 256
    static let bodyBytesMax = 256 * 1_024
    /// Of a request's line and fields: the defaults of `limits`.
    static let headBytesMax = 32 * 1_024
    static let headFieldsMax = 100
    /// How often the thread that accepts looks whether it is over.
    private static let lookNanoseconds: UInt64 = 100_000_000

    private let handler: APIHandler
    private let permission: Permission
    private let logger: Logger
    private let group: MultiThreadedEventLoopGroup
    private let control = Seats(max: APIServer.connectionsMax)
    private let admin = Seats(max: APIServer.connectionsMax)

    init(handler: APIHandler, permission: Permission, logger: Logger) {
        self.handler = handler
        self.permission = permission
        self.logger = logger
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// Whether a client of the control socket waits for something, or for more of it.
    var isAtWork: Bool { control.isAtWork }

    /// An accepted connection.
    private struct Arrival: Sendable {
        let socket: CInt
        /// nil at the admin door, and where the kernel does not say.
        let visitor: Visitor?
        let seat: Seat
    }

    /// Serves one listener until it is cancelled.
    func serve(_ listener: ListenerEnd, _ door: Door) async {
        let seats = door == .control ? control : admin
        let (arrivals, continuation) = AsyncStream.makeStream(of: Arrival.self)
        continuation.onTermination = { _ in seats.close() }
        await withDiscardingTaskGroup { connections in
            connections.addTask {
                await OwnThread.run { self.accept(listener, door, seats, continuation) }
            }
            for await arrival in arrivals {
                connections.addTask {
                    await self.serve(arrival, door)
                    seats.leave(arrival.seat)
                }
            }
            connections.cancelAll()
        }
    }

    /// Accepts until nobody takes connections any more, on a thread that also looks up who it is.
    private func accept(
        _ listener: ListenerEnd, _ door: Door, _ seats: Seats,
        _ arrivals: AsyncStream<Arrival>.Continuation
    ) {
        let socket = listener.descriptor.number
        while seats.look() {
            let look = Instant.now.advanced(byNanoseconds: Self.lookNanoseconds)
            guard Waiting.wait(.readable, of: socket, until: look) else { continue }
            // Room is made when somebody knocks: until then nobody is in anybody's way.
            guard seats.makeRoom() else { continue }
            switch Socket.accept("controller.accept", from: socket) {
            case .connection(let connection, _):
                let visitor = door == .control ? permission.visitor(at: connection.number) : nil
                arrivals.yield(
                    Arrival(
                        socket: connection.release(), visitor: visitor, seat: seats.take()))
            case .wouldBlock: break
            case .failed(let errno):
                logger.warning("a connection could not be accepted: \(errno.message)")
                // Out of descriptors, mostly: others have to close some first.
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        arrivals.finish()
    }

    private func serve(_ arrival: Arrival, _ door: Door) async {
        let handler = handler
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                try await handler.respond(
                    to: request, with: writer, on: channel, visitor: arrival.visitor, door,
                    arrival.seat)
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Self.headBytesMax, maxHeaderListSize: Self.headBytesMax,
                    maxHeaderFieldCount: Self.headFieldsMax)))
        let logger = logger
        do {
            // Who has nothing more to say may still want to hear: a half-close ends no answer.
            let bootstrap = ClientBootstrap(group: group).channelOption(
                ChannelOptions.allowRemoteHalfClosure, value: true)
            let channel = try await bootstrap.withConnectedSocket(arrival.socket) { channel in
                arrival.seat.belongs(to: channel)
                return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                    try APIConnection.add(to: channel.pipeline.syncOperations)
                    return value
                }
            }
            await http.handle(value: channel, logger: logger)
        } catch {
            logger.debug("a connection was given up: \(error)")
        }
    }
}
