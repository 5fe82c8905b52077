public import Kernel

/// The accepted configuration: validated, immutable, with every default filled in.
///
/// It is read from YAML by `load(text:file:)` alone, so a value of this type has passed every
/// rule. All roles of one supervisor read the same text and therefore hold equal values.
public struct Settings: Hashable, Sendable {
    /// At least one.
    public var listen: [ListenerSettings]
    public var workers: WorkerCount = .auto
    /// Empty: every role keeps the user that started it, which is what a container wants.
    public var user = ""
    /// Empty: as `user`. A user of its own keeps a worker that was taken over away from the
    /// database and the control socket.
    public var workerUser = ""
    public var control = ControlSocketSettings()
    /// Where metrics, health and dashboard are served (GET only); nil: nowhere.
    ///
    /// Loopback by default: the pages name paths and addresses of clients.
    public var admin: SocketAddress? = Settings.defaultAdmin
    /// The folder of the journal; made (0700) when missing.
    public var state = "/var/lib/bascule"
    public var accessLog = AccessLogSettings()
    /// Whose X-Forwarded-* and PROXY lines are believed. Nobody's by default: a client can write
    /// whatever it likes there.
    public var trustedProxies: [AddressRange] = []
    public var limits = LimitSettings()
    public var timeouts = TimeoutSettings()
    /// At least one, in the order of the file: the index is the service's number on the board.
    public var services: [ServiceSettings]

    public init(listen: [ListenerSettings], services: [ServiceSettings]) {
        self.listen = listen
        self.services = services
    }

    /// What the board has room for (`BoardShape.servicesMax`).
    public static let servicesMax = 64
    /// One socket each in every worker's poller; nobody has asked for more.
    public static let listenersMax = 64
    public static let trustedProxiesMax = 1024
    /// Half of the board's slots, so that a whole old generation stays visible while it drains.
    public static let workersMax = 32
    /// Longer text is refused unread: the largest sensible configuration (64 services with 32
    /// targets each) has about 200 KiB.
    public static let textBytesMax = 1 << 20

    public static let defaultAdmin = SocketAddress.ipv4(0x7f00_0001, port: 9180)

    /// The service of that name and its number on the board.
    public func service(_ name: String) -> (index: Int, settings: ServiceSettings)? {
        services.firstIndex { $0.name == name }.map { ($0, services[$0]) }
    }
}

/// How many workers there are.
public enum WorkerCount: Hashable, Sendable {
    /// One a core that the process may use, `Settings.workersMax` at most.
    case auto
    /// 1 to `Settings.workersMax`.
    case exactly(Int)
}

/// The control socket's file.
public struct ControlSocketSettings: Hashable, Sendable {
    /// 107 octets at most (unix(7)).
    public var socket = "/run/bascule/control.sock"
    /// Who may open it, as chmod(2) takes it. Group, but not others: reading is open to whoever
    /// can open the socket.
    public var mode: UInt32 = 0o660
    /// Its members may operate. Empty: the process's own group.
    public var group = ""

    public init() {}
}

/// One line a request.
public struct AccessLogSettings: Hashable, Sendable {
    public enum Path: Hashable, Sendable {
        case off
        case standardOutput
        /// An absolute path; opened again at SIGUSR1.
        case file(String)
    }

    public enum Format: String, CaseIterable, Hashable, Sendable {
        case json
        /// Apache's combined form, for tools that read nothing else.
        case combined
    }

    public var path = Path.standardOutput
    public var format = Format.json

    public init() {}
}
