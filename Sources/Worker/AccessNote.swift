import Board
import Exchange
import HTTP
import Kernel
import Telemetry

/// What is kept for the access log while a request is in progress: what nobody could tell any more
/// when it is over. The words of its head are read from there at the end.
///
/// A class, for connections that rest have none, nor has any where nothing is logged.
final class AccessNote {
    /// The first octet of the head.
    let begin: Instant
    /// Of the attempt that was made last; `never` where that point was not reached.
    var chosenAt = Instant.never
    var connectedAt = Instant.never
    var headAt = Instant.never
    var endAt = Instant.never
    var held: UInt64 = 0
    /// Octets of content that were handed on to the client's side.
    var responseBytes: UInt64 = 0
    /// The same toward the app, of a tunnel.
    var tunnelBytes: UInt64 = 0
    var retries: UInt8 = 0
    /// The answer was broken off by us.
    var isCut = false
    /// As the configuration counts; nil where no service answers for it.
    var service: Int?
    var color: Color?
    var reason: Reason?
    var target: SocketAddress?
    /// Not empty where the client sent one.
    var absoluteTarget: [UInt8] = []

    init(begin: Instant) { self.begin = begin }

    /// A target was chosen; a kept connection stands already.
    func chose(_ target: SocketAddress, _ color: Color, isConnected: Bool, now: Instant) {
        self.target = target
        self.color = color
        chosenAt = now
        connectedAt = isConnected ? now : .never
        headAt = .never
        endAt = .never
        reason = nil
    }

    /// The attempt was of no use, whatever comes of the request now.
    func failed(_ failure: Exchange.Failure, _ now: Instant) {
        endAt = now
        reason = failure.reason
    }

    /// Nanoseconds from the choice of the target; nil where it was not reached.
    func sinceChoice(_ moment: Instant) -> UInt64? {
        chosenAt == .never || moment == .never ? nil : moment.nanoseconds(since: chosenAt)
    }
}
