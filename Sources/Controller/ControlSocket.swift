internal import Kernel
internal import Logging
internal import Settings

/// The socket that the command line speaks to, ours as long as this value lives.
///
/// A lock beside it (`control.sock.lock`) is held by whoever made it: of two that start at once
/// and both find a left-over file, one would otherwise take the other's new socket away.
struct ControlSocket: ~Copyable {
    let listener: ListenerEnd
    private let lock: FileLock

    /// Connections that may wait to be accepted: a crowd of clients shall not make the one behind
    /// it fail.
    private static let backlog = 1_024
    /// How long another process may answer at the path: at a restart the controller before may
    /// still have to notice that its supervisor is gone.
    private static let patienceNanoseconds: UInt64 = 2_000_000_000

    /// Why there can be no socket at the path.
    enum Failure: Error, CustomStringConvertible {
        case pathTooLong(String)
        case inUse(String)
        case noSocket(String)
        case openToAll(String)
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
            case .openToAll(let folder):
                "control.socket: everybody may replace files in \(folder), expected a folder that "
                    + "only its owner or group may write, or one with the sticky bit"
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
    ) throws(Failure) -> ControlSocket {
        let path = settings.socket
        guard path.utf8.count <= SocketAddress.unixPathBytesMax else {
            throw .pathTooLong(path)
        }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        do throws(SystemError) {
            if folder != "/" { try Folder.make("controller.folder", folder, mode: 0o755) }
        } catch {
            throw .system(error)
        }
        guard !Files.isOpenToAll(folder) else { throw .openToAll(folder) }
        let lock = try lockPath(path, patience)
        do throws(SystemError) {
            // Nobody but us until mode and group are set.
            Files.setCreationMask(0o177)
            let socket = try Socket.listen(
                "controller.listen", on: .unix(path: path), backlog: backlog)
            Files.setCreationMask(0o077)
            try setAccess(settings, logger)
            return ControlSocket(listener: ListenerEnd(socket), lock: lock)
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

    /// Returns once the path is free and nobody else may take it.
    private static func lockPath(
        _ path: String, _ patience: UInt64
    ) throws(Failure) -> FileLock {
        let end = Instant.now.advanced(byNanoseconds: patience)
        while true {
            do throws(Failure) {
                let lock = try lock(path)
                try removeStale(path)
                return lock
            } catch {
                guard case .inUse = error, Instant.now < end else { throw error }
                // Nothing else of the controller runs yet that could be kept waiting.
                ThisProcess.pause(milliseconds: 20)
            }
        }
    }

    private static func lock(_ path: String) throws(Failure) -> FileLock {
        do throws(SystemError) {
            if let lock = try FileLock.take("controller.lock", path + ".lock") { return lock }
        } catch {
            throw .system(error)
        }
        throw .inUse(path)
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
