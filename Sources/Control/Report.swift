/// What an operation did to requests; part of its last event.
///
/// Everything is counted between the hold and the release, in all workers, the dead ones included.
public struct Report: Codable, Hashable, Sendable {
    /// Ended normally on the old color while it drained.
    public var finished: Int
    /// Had to wait.
    public var held: Int
    /// Waited, and were let through.
    public var released: Int
    /// Waited too long, or found the queue full, and were answered 503.
    public var expired: Int
    /// Ended by force with `on_drain_timeout: cut`.
    public var cut: Int
    /// Their clients left while they waited: never sent, not lost.
    public var gone: Int
    /// Sent a second time, which is allowed where nothing can have happened.
    public var retried: Int
    /// 502 and 504 made by Bascule.
    public var upstreamFailures: Int
    /// In flight in a worker that died, or waiting in it.
    public var lostWithWorker: Int
    /// WebSocket and SSE that are left open on the old color when nobody waits for it any more: at
    /// the switch, in an `overlap` at the end of its drain. With any, quiet is not proven; with
    /// `streams: close` they were told to end before, and these did not in time.
    public var streams: Int
    /// The longest wait of one request, in milliseconds.
    public var longestHoldMilliseconds: Double
    /// From the hold to the release (`overlap`: of the change alone), in milliseconds.
    public var switchMilliseconds: Double

    /// What the watch saw; nil where there was none.
    public var watch: WatchReport?

    public init(
        finished: Int = 0, held: Int = 0, released: Int = 0, expired: Int = 0, cut: Int = 0,
        gone: Int = 0, retried: Int = 0, upstreamFailures: Int = 0, lostWithWorker: Int = 0,
        streams: Int = 0, longestHoldMilliseconds: Double = 0, switchMilliseconds: Double = 0
    ) {
        self.finished = finished
        self.held = held
        self.released = released
        self.expired = expired
        self.cut = cut
        self.gone = gone
        self.retried = retried
        self.upstreamFailures = upstreamFailures
        self.lostWithWorker = lostWithWorker
        self.streams = streams
        self.longestHoldMilliseconds = longestHoldMilliseconds
        self.switchMilliseconds = switchMilliseconds
    }

    /// Expired, cut, in a dead worker, or answered 502 or 504 by Bascule.
    public var lost: Int { expired + cut + lostWithWorker + upstreamFailures }
}

extension Report {
    private enum CodingKeys: String, CodingKey {
        case finished, held, released, expired, cut, gone, retried, lost, streams
        case upstreamFailures = "upstream_failures"
        case lostWithWorker = "lost_with_worker"
        case longestHoldMilliseconds = "longest_hold_ms"
        case switchMilliseconds = "switch_ms"
        case watch
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            finished: try members.decode(Int.self, forKey: .finished),
            held: try members.decode(Int.self, forKey: .held),
            released: try members.decode(Int.self, forKey: .released),
            expired: try members.decode(Int.self, forKey: .expired),
            cut: try members.decode(Int.self, forKey: .cut),
            gone: try members.decode(Int.self, forKey: .gone),
            retried: try members.decode(Int.self, forKey: .retried),
            upstreamFailures: try members.decode(Int.self, forKey: .upstreamFailures),
            lostWithWorker: try members.decode(Int.self, forKey: .lostWithWorker),
            streams: try members.decode(Int.self, forKey: .streams),
            longestHoldMilliseconds: try members.decode(
                Double.self, forKey: .longestHoldMilliseconds),
            switchMilliseconds: try members.decode(Double.self, forKey: .switchMilliseconds))
        watch = try members.decodeIfPresent(WatchReport.self, forKey: .watch)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(finished, forKey: .finished)
        try members.encode(held, forKey: .held)
        try members.encode(released, forKey: .released)
        try members.encode(expired, forKey: .expired)
        try members.encode(cut, forKey: .cut)
        try members.encode(gone, forKey: .gone)
        try members.encode(retried, forKey: .retried)
        try members.encode(lost, forKey: .lost)
        try members.encode(upstreamFailures, forKey: .upstreamFailures)
        try members.encode(lostWithWorker, forKey: .lostWithWorker)
        try members.encode(streams, forKey: .streams)
        try members.encode(longestHoldMilliseconds, forKey: .longestHoldMilliseconds)
        try members.encode(switchMilliseconds, forKey: .switchMilliseconds)
        try members.encodeIfPresent(watch, forKey: .watch)
    }
}
