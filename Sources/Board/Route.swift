/// One of the two copies of the app. Exactly one is active.
public enum Color: UInt8, CaseIterable, Hashable, Sendable {
    case blue = 0
    case green = 1

    public init?(name: String) {
        switch name {
        case "blue": self = .blue
        case "green": self = .green
        default: return nil
        }
    }

    public var name: String {
        switch self {
        case .blue: "blue"
        case .green: "green"
        }
    }

    public var other: Color {
        switch self {
        case .blue: .green
        case .green: .blue
        }
    }

    var index: Int { Int(rawValue) }
}

/// What a service does with new requests.
public enum Phase: UInt8, Hashable, Sendable {
    /// They start.
    case open = 0
    /// They wait, whatever they are.
    case held = 1
    /// Writes wait, reads start.
    case heldWrites = 2
    /// They are answered 503.
    case maintenance = 3
}

/// Whether a request may change the database.
public enum RequestKind: UInt8, CaseIterable, Hashable, Sendable {
    /// GET, HEAD, OPTIONS and TRACE.
    case read = 0
    /// Everything else, and every tunnel.
    case write = 1

    var index: Int { Int(rawValue) }
}

/// Who serves, in one word: what all processes of one board agree on.
///
/// Bits 0 to 7: color (1), phase (2), whether a hold's deadline ends closed (1), the rest 0.
/// Bits 8 to 63: the epoch, which rises with every change, so that no word ever returns. At a
/// million changes a second it would take 2 284 years to come round.
public struct RouteWord: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public init(epoch: UInt64, phase: Phase, active: Color, endsClosed: Bool = false) {
        precondition(epoch < 1 << 56, "an epoch has 56 bits")
        rawValue =
            epoch << 8 | (endsClosed ? 8 : 0) | UInt64(phase.rawValue) << 1
            | UInt64(active.rawValue)
    }

    /// Nobody has decided yet: what a new board holds.
    public static let undecided = RouteWord(rawValue: 0)

    /// 0 while nobody has decided.
    public var epoch: UInt64 { rawValue >> 8 }

    public var isDecided: Bool { epoch > 0 }

    public var active: Color { rawValue & 1 == 0 ? .blue : .green }

    public var phase: Phase {
        switch rawValue >> 1 & 3 {
        case 0: .open
        case 1: .held
        case 2: .heldWrites
        case _: .maintenance
        }
    }

    /// When a hold's deadline passes: false, the service opens; true, what may write is refused
    /// until somebody decides, and reads go on.
    public var endsClosed: Bool { rawValue & 8 != 0 }

    /// The word that follows this one.
    public func next(phase: Phase, active: Color, endsClosed: Bool = false) -> RouteWord {
        RouteWord(epoch: epoch + 1, phase: phase, active: active, endsClosed: endsClosed)
    }

    /// Whether a request of this kind has to wait.
    @inlinable
    public func holds(_ kind: RequestKind) -> Bool {
        switch phase {
        case .open, .maintenance: false
        case .held: true
        case .heldWrites: kind == .write
        }
    }
}
