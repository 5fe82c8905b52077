public import Kernel

/// One request of a load, and what became of it. No request is ever sent again.
public struct LoadRecord: Sendable {
    public enum Kind: Sendable {
        /// `POST /transactions` with an id of its own.
        case create
        /// `GET /transactions/ID` of one that was acknowledged before on the same connection.
        case read
    }

    public enum Outcome: Hashable, Sendable {
        /// The expected status, and the answer names the transaction that was asked about.
        case acknowledged
        /// Another status; `reason` is what a proxy said in `X-Bascule-Reason`.
        case refused(status: Int, reason: String)
        /// A good status whose body is about something else.
        case wrongAnswer(body: String)
        /// No whole answer came, for this reason.
        case failed(Failure)
    }

    public enum Failure: Hashable, Sendable {
        case notConnected(Errno)
        /// The connection ended or was reset after so many octets of the answer.
        case cut(Errno?, octets: Int)
        case noHTTP(String)
        case timedOut
    }

    public let kind: Kind
    /// The transaction that it is about.
    public let id: String
    /// From 0; a connection that was made anew keeps its number.
    public let connection: Int
    public let started: Instant
    public let ended: Instant
    /// 0 where no answer came.
    public let status: Int
    /// Who answered, by `X-Bascule-Color` or `X-Ledger-Color`; empty where nobody said.
    public let color: String
    public let outcome: Outcome

    public var isAcknowledged: Bool { outcome == .acknowledged }
    /// From the first octet sent to the last one received.
    public var nanoseconds: UInt64 { ended.nanoseconds(since: started) }
}

/// A connection that the other side ended although it had not said so in its last answer.
public struct LostConnection: Sendable {
    public let connection: Int
    public let at: Instant
    /// Whether a request was on its way, which then has failed.
    public let wasBusy: Bool
}
