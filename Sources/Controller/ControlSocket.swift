internal import Kernel
internal import Logging
internal import Settings

/// The socket that the command line speaks to.
enum ControlSocket {
    /// Connections that may wait to be accepted.
    private static let backlog = 64
    /// How long another process may answer at the path: at a restart the controller before may
    /// still have to notice that its supervisor is gone.
    private static let patienceNanoseconds: UInt64 = 2_000_000_000

    /// Why there can be no socket at the path.
    enum Failure: Error, CustomStringConvertible {
        case pathTooLong(String)
        case inUse(String)
        case noSocket(String)
        case system(SystemError)

        var description: String {
            switch self {
            case .pathTooLong(let path):
                "control.socket: found \(path.utf8.count) octets, expected at most "
                    + "\(SocketAddress.unixPathBytesMax) (unix(7))"
            case .inUse(let path):
                "control.socket: another process answers at \(path)"
            case .noSocket(let path):
                "control.socket: \(path) is there and is no socket"
            case .system(let error):
                "control.socket: \(error)"
            }
        }
    }

    /// Makes the socket with its mode and group, in the place of one that nobody listens to.
    /// `patience`: how long another process may answer at the path, in nanoseconds.
    static func open(
        _ settings: ControlSocketSettings, logger: Logger,
        patience: UInt64 = patienceNanoseconds
    ) throws(Failure) -> ListenerEnd {
        let path = settings.socket
        guard path.utf8.count <= SocketAddress.unixPathBytesMax else {
            throw .pathTooLong(path)
        }
        do throws(SystemError) {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try Folder.make("controller.folder", String(path[..<slash]), mode: 0o755)
            }
        } catch {
            throw .system(error)
        }
        try waitForPath(path, patience)
        do throws(SystemError) {
            // Nobody but us until mode and group are set.
            Files.setCreationMask(0o177)
            let socket = try Socket.listen(
                "controller.listen", on: .unix(path: path), backlog: backlog)
            Files.setCreationMask(0o077)
            try setAccess(settings, logger)
            return ListenerEnd(socket)
        } catch {
            throw .system(error)
        }
    }

    private static func setAccess(
        _ settings: ControlSocketSettings, _ logger: Logger
    ) throws(SystemError) {
        let path = settings.socket
        guard !settings.group.isEmpty else {
            return try Files.setAccess(
                "controller.access", path, mode: settings.mode, group: nil)
        }
        guard let group = Identity.group(named: settings.group) else {
            logger.error("control.group: there is no group \(settings.group); it is left out")
            return try Files.setAccess(
                "controller.access", path, mode: settings.mode & 0o707, group: nil)
        }
        do throws(SystemError) {
            try Files.setAccess(
                "controller.access", path, mode: settings.mode, group: group)
        } catch {
            guard error.errno == .notPermitted else { throw error }
            logger.error(
                "control.group: this user is not in \(settings.group) and cannot give it away")
            try Files.setAccess(
                "controller.access", path, mode: settings.mode & 0o707, group: nil)
        }
    }

    private static func waitForPath(
        _ path: String, _ patience: UInt64
    ) throws(Failure) {
        let end = Instant.now.advanced(byNanoseconds: patience)
        while true {
            do throws(Failure) {
                return try removeStale(path)
            } catch {
                guard case .inUse = error, Instant.now < end else { throw error }
                // Nothing else of the controller runs yet that could be kept waiting.
                ThisProcess.pause(milliseconds: 20)
            }
        }
    }

    /// A socket file outlives its process. Only one that refuses connections is removed.
    private static func removeStale(_ path: String) throws(Failure) {
        switch Files.kind(path) {
        case nil: return
        case .socket: break
        case .file, .folder, .other: throw .noSocket(path)
        }
        do throws(SystemError) {
            _ = try Socket.connect("controller.probe", to: .unix(path: path))
        } catch {
            guard error.errno == .connectionRefused else {
                // A full queue, too, means that somebody is there.
                throw error.errno == .wouldBlock ? .inUse(path) : .system(error)
            }
            do throws(SystemError) {
                try Files.remove("controller.remove", path)
            } catch {
                throw .system(error)
            }
            return
        }
        throw .inUse(path)
    }
}
