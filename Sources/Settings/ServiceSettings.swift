public import Board

/// One app with its colors.
public struct ServiceSettings: Hashable, Sendable {
    /// Letters, digits, `-`, `_` and `.`; 63 at most. It stands in addresses, metrics and `ps`.
    public var name: String
    /// Exact names in lower case, `*.suffix`, or `*`; the most exact wins.
    public var hosts = ["*"]
    /// Prefixes; the longest wins after the host.
    public var paths = ["/"]
    /// nil: not configured. At least one is; one alone is a plain proxy.
    public var blue: ColorSettings?
    public var green: ColorSettings?
    public var upstreamTLS = UpstreamTLSSettings()
    /// Used only while the journal knows no active color. Always a configured one.
    public var initial: Color
    public var health = HealthSettings()
    public var switchover = SwitchoverSettings()
    public var deploy = DeploySettings()
    /// Whether answers carry X-Bascule-Color. Off: it is nobody's business outside.
    public var exposeColor = false
    public var database: DatabaseSettings?

    public init(name: String, blue: ColorSettings?, green: ColorSettings?, initial: Color) {
        self.name = name
        self.blue = blue
        self.green = green
        self.initial = initial
    }

    public subscript(color: Color) -> ColorSettings? {
        switch color {
        case .blue: blue
        case .green: green
        }
    }

    /// The configured ones, blue first.
    public var colors: [Color] { Color.allCases.filter { self[$0] != nil } }

    /// Whether a target of it is spoken to over TLS.
    public var usesTLS: Bool {
        colors.contains { self[$0]?.targets.contains(where: \.isTLS) ?? false }
    }

    /// As DNS labels, so that a name fits wherever one is expected.
    public static let nameLengthMax = 63
    public static let hostsMax = 256
    public static let pathsMax = 256
}

/// Where one color is reached.
public struct ColorSettings: Hashable, Sendable {
    /// 1 to 16; several are balanced.
    public var targets: [TargetAddress]

    public init(targets: [TargetAddress]) { self.targets = targets }

    /// What the board has room for.
    public static let targetsMax = 16
}

/// How targets under https are verified.
public struct UpstreamTLSSettings: Hashable, Sendable {
    /// A PEM file of the authorities; empty: the system's.
    public var ca = ""
    /// The name that the certificate must have; empty: the target's own.
    public var name = ""

    public init() {}
}
