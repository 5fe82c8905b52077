import Kernel

/// What a process of Bascule is for.
public enum Role: Hashable, Sendable, CustomStringConvertible {
    case controller
    case worker(slot: Int)
    /// A job on the shared database of a service.
    case database(service: Int, name: String)
    /// Reads the configuration's file, certificates and keys again, and ends.
    case reader(configuration: String)

    /// As ps(1) and the log show it.
    public var description: String {
        switch self {
        case .controller: "controller"
        case .worker(let slot): "worker \(slot)"
        case .database(_, let name): "database \(name)"
        case .reader: "reader"
        }
    }
}

/// What the supervisor tells a role that it starts: in the environment, for the arguments are what
/// ps(1) shows.
public struct RoleStart: Hashable, Sendable {
    public static let variable = "BASCULE_ROLE"

    public let role: Role
    /// Rises with every process that had this role.
    public let generation: UInt32
    /// The supervisor's process id.
    public let supervisor: Int32

    /// What this process was started as; nil where a person started it.
    public static var current: RoleStart? {
        ThisProcess.environment(variable).flatMap { RoleStart(text: $0) }
    }

    init(role: Role, generation: UInt32, supervisor: Int32) {
        self.role = role
        self.generation = generation
        self.supervisor = supervisor
    }

    init?(text: String) {
        // A path may have spaces: it comes last.
        let words = text.split(separator: " ", maxSplits: text.hasPrefix("reader ") ? 3 : .max)
            .map(String.init)
        guard words.count >= 3, let generation = UInt32(words[1]), let parent = Int32(words[2])
        else { return nil }
        switch words[0] {
        case "controller": role = .controller
        case "worker":
            guard words.count == 4, let slot = Int(words[3]) else { return nil }
            role = .worker(slot: slot)
        case "database":
            guard words.count == 5, let service = Int(words[3]) else { return nil }
            role = .database(service: service, name: words[4])
        case "reader":
            guard words.count == 4 else { return nil }
            role = .reader(configuration: words[3])
        case _: return nil
        }
        self.generation = generation
        self.supervisor = parent
    }

    var text: String {
        let common = "\(generation) \(supervisor)"
        return switch role {
        case .controller: "controller \(common)"
        case .worker(let slot): "worker \(common) \(slot)"
        case .database(let service, let name): "database \(common) \(service) \(name)"
        case .reader(let configuration): "reader \(common) \(configuration)"
        }
    }
}

/// The numbers under which a role finds what it inherits.
public enum RoleDescriptors {
    /// The accepted configuration, sealed. In every role.
    public static let configuration: CInt = 3

    public enum Worker {
        public static let board: CInt = 4
        public static let wake: CInt = 5
        public static let query: CInt = 6
        /// Certificates and keys, sealed; empty without TLS.
        public static let credentials: CInt = 7
        /// Where newer ones come.
        public static let credentialRenewals: CInt = 8
        public static func listener(_ index: Int) -> CInt { 9 + CInt(index) }
        /// Only where the access log is a file: that file, and where a newer one comes.
        public static func log(listeners: Int) -> CInt { listener(listeners) }
        public static func logRenewals(listeners: Int) -> CInt { listener(listeners + 1) }
    }

    public enum Controller {
        public static let board: CInt = 4
        public static let supervisor: CInt = 5
        /// A listener only where the configuration has an admin address.
        public static let admin: CInt = 6
        /// What is known of the certificates, sealed.
        public static let facts: CInt = 7
        public static func wake(_ slot: Int) -> CInt { 8 + CInt(slot) }
        public static func query(_ slot: Int, slots: Int) -> CInt { 8 + CInt(slots + slot) }
        public static func job(_ service: Int, slots: Int) -> CInt { 8 + CInt(2 * slots + service) }
    }

    public enum Database {
        public static let job: CInt = 4
    }

    public enum Reader {
        /// Where it tells what it has found.
        public static let answers: CInt = 4
    }
}
