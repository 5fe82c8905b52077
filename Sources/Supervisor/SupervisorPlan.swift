public import Kernel

/// What the supervisor opens, starts and watches: plain values, taken from the accepted
/// configuration before anything is opened.
public struct SupervisorPlan: Sendable {
    public struct Service: Sendable {
        public let name: String

        public init(name: String) { self.name = name }
    }

    /// A folder that has to be there before the roles give their privileges away.
    public struct PreparedFolder: Sendable {
        public let path: String
        public let mode: UInt32

        public init(path: String, mode: UInt32) {
            self.path = path
            self.mode = mode
        }
    }

    /// The accepted configuration as the roles will read it.
    public let configuration: [UInt8]
    /// Its file, which is read again when somebody asks for it.
    public let configurationPath: String
    /// Certificates and keys, read while this process may read them.
    public let credentials: [UInt8]
    /// What the controller is told of them.
    public let facts: [UInt8]
    /// Over the files that they came from.
    public let watch: FileWatch
    public let listeners: [SocketAddress]
    /// Where metrics are served over TCP, if anywhere.
    public let admin: SocketAddress?
    public let workers: Int
    public let services: [Service]
    /// Made as this user where the supervisor is root and one is configured.
    public let folders: [PreparedFolder]
    public let owner: Identity?
    /// How long a graceful stop waits for requests, in nanoseconds.
    public let drainNanoseconds: UInt64
    /// A file for the access log, opened by the supervisor, who may have more rights than workers.
    public let accessLog: String?
    /// Said on standard output when traffic is accepted.
    public let banner: String

    public init(
        configuration: [UInt8], configurationPath: String, credentials: [UInt8],
        facts: [UInt8], watch: FileWatch, listeners: [SocketAddress],
        admin: SocketAddress?, workers: Int,
        services: [Service], folders: [PreparedFolder], owner: Identity?,
        drainNanoseconds: UInt64, accessLog: String? = nil, banner: String
    ) {
        precondition(!listeners.isEmpty && workers > 0 && !services.isEmpty, "nothing to serve")
        self.configuration = configuration
        self.configurationPath = configurationPath
        self.credentials = credentials
        self.facts = facts
        self.watch = watch
        self.listeners = listeners
        self.admin = admin
        self.workers = workers
        self.services = services
        self.folders = folders
        self.owner = owner
        self.drainNanoseconds = drainNanoseconds
        self.accessLog = accessLog
        self.banner = banner
    }

    /// Twice two generations of workers, and some for a generation that drains slowly.
    var slots: Int { min(max(16, workers * 4), 256) }
}
