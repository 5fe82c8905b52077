import HTTP
import Kernel
public import Routing
public import TLS

/// What a worker is told: plain values, for it reads no configuration.
public struct WorkerConfiguration: Sendable {
    /// Nanoseconds.
    public struct Timeouts: Sendable {
        public var header: UInt64 = 10_000_000_000
        public var body: UInt64 = 60_000_000_000
        public var send: UInt64 = 60_000_000_000
        public var connect: UInt64 = 2_000_000_000
        public var response: UInt64 = 60_000_000_000
        public var idle: UInt64 = 75_000_000_000
        public var upstreamIdle: UInt64 = 60_000_000_000
        public var tunnel: UInt64 = 3_600_000_000_000
        /// How long requests are finished after TERM.
        public var drain: UInt64 = 8_000_000_000

        public init() {}
    }

    /// Octets, and counts.
    public struct Limits: Sendable {
        public var headerBytes = 32 * 1024
        public var headerCount = 100
        /// 0: no limit.
        public var bodyBytes: UInt64 = 0
        public var requestBuffer = 64 * 1024
        public var responseBuffer = 256 * 1024
        /// The sum over all answers of this worker.
        public var responseBuffers = 64 * 1024 * 1024
        public var connections = 10_000

        public init() {}

        /// The most of one answer that is kept while a drain waits for it: a buffer's offsets are
        /// half a word each.
        static let drainedMax = 1 << 30

        /// The most that may wait for one client: an answer that is read ahead, and a head with
        /// what came in the same read.
        var outputMax: Int {
            max(responseBuffer, min(responseBuffers / 2, Self.drainedMax))
                + ClientConnection.inputMax
        }
    }

    /// One service; its index is that on the board.
    public struct Service: Sendable {
        public var name: String
        public var route: ServiceRoute
        /// Over all workers.
        public var holdRequests = 10_000
        /// Over all workers, in octets.
        public var holdBytes = 64 * 1024 * 1024
        /// The longest that one request waits, in nanoseconds.
        public var holdTimeout: UInt64 = 10_000_000_000
        /// How long streams stay on a color that does not serve any more, in nanoseconds.
        public var streamGrace: UInt64 = 30_000_000_000
        public var exposesColor = false
        /// By color, and by the place of a target in its list: whose certificate it has to show.
        public var peerNames: [[PeerName]] = [[], []]

        public init(name: String, route: ServiceRoute) {
            self.name = name
            self.route = route
        }
    }

    /// Addresses whose X-Forwarded-* are believed, IPv4 as `::ffff:a.b.c.d`.
    public struct TrustedRange: Sendable {
        public let high: UInt64
        public let low: UInt64
        public let highMask: UInt64
        public let lowMask: UInt64

        /// The first `prefixLength` bits of 128 count.
        public init(high: UInt64, low: UInt64, prefixLength: Int) {
            // Swift's shifts by 64 or more give 0.
            highMask = .max << UInt64(max(0, 64 - prefixLength))
            lowMask = prefixLength <= 64 ? 0 : .max << UInt64(128 - prefixLength)
            self.high = high & highMask
            self.low = low & lowMask
        }

        func contains(_ address: SocketAddress) -> Bool {
            switch address {
            case .ipv4(let number, _): contains(0, 0xffff << 32 | UInt64(number))
            case .ipv6(let high, let low, _): contains(high, low)
            case .unix: false
            }
        }

        func contains(_ address: PeerAddress) -> Bool {
            switch address {
            case .ipv4(let number): contains(0, 0xffff << 32 | UInt64(number))
            case .ipv6(let high, let low): contains(high, low)
            case .unknown: false
            }
        }

        private func contains(_ high: UInt64, _ low: UInt64) -> Bool {
            high & highMask == self.high && low & lowMask == self.low
        }
    }

    /// The board's slot that this process owns.
    public var slot: Int
    public var services: [Service]
    public var timeouts = Timeouts()
    public var limits = Limits()
    public var trusted: [TrustedRange] = []

    public init(slot: Int, services: [Service]) {
        self.slot = slot
        self.services = services
    }
}
