public import Board

/// The answer to `GET /v1/services/S/requests`.
public struct RequestsAnswer: Codable, Hashable, Sendable {
    public var service: String
    /// Oldest first.
    public var requests: [InFlightRequest]
    /// Workers that did not answer in time (200 ms), with what the board counts for them.
    public var silent: [SilentWorker]

    public init(service: String, requests: [InFlightRequest], silent: [SilentWorker]) {
        self.service = service
        self.requests = requests
        self.silent = silent
    }
}

/// One request that waits or runs.
public struct InFlightRequest: Hashable, Sendable {
    public enum State: String, Codable, CaseIterable, Hashable, Sendable {
        case held
        /// Its declared body is awaited before it starts.
        case collecting
        case started
        /// A WebSocket or an event stream: no drain waits for it.
        case streaming
        /// Nobody waits for its answer any more, but the app is still at work on it.
        case abandoned

        /// Whether a drain of its color waits for it.
        public var isInFlight: Bool {
            switch self {
            case .started, .abandoned: true
            case .held, .collecting, .streaming: false
            }
        }
    }

    public var method: String
    /// Without the query, which may hold secrets.
    public var path: String
    /// nil while held.
    public var color: Color?
    public var state: State
    /// Since its head arrived.
    public var ageMilliseconds: Int
    /// The client's address.
    public var client: String
    /// X-Request-ID.
    public var id: String

    public init(
        method: String, path: String, color: Color?, state: State, ageMilliseconds: Int,
        client: String, id: String
    ) {
        self.method = method
        self.path = path
        self.color = color
        self.state = state
        self.ageMilliseconds = ageMilliseconds
        self.client = client
        self.id = id
    }
}

extension InFlightRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case method, path, color, state, client, id
        case ageMilliseconds = "age_ms"
    }
}

/// A worker that is stopped or stuck: its requests are known by number only.
public struct SilentWorker: Hashable, Sendable {
    public var worker: Int
    public var pid: Int32
    public var inFlight: Int

    public init(worker: Int, pid: Int32, inFlight: Int) {
        self.worker = worker
        self.pid = pid
        self.inFlight = inFlight
    }
}

extension SilentWorker: Codable {
    private enum CodingKeys: String, CodingKey {
        case worker, pid
        case inFlight = "in_flight"
    }
}
