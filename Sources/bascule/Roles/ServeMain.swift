import Control
import Kernel
import Settings
import Supervisor
import TLS

/// `bascule serve`, once the configuration is accepted.
enum ServeMain {
    /// Serves until it is told to stop. Returns the exit code.
    static func run(_ loaded: LoadedSettings, text: String, file: String) -> Int32 {
        let settings = loaded.settings
        // Whom the folders belong to.
        let owner =
            ThisProcess.isRoot && !settings.user.isEmpty ? Identity(user: settings.user) : nil
        if ThisProcess.isRoot, settings.user.isEmpty {
            ThisProcess.write("bascule: started as root without `user`: every role stays root\n")
        }
        // Before they are read, so that no change is missed.
        let watch = FileWatch(TLSFiles.paths(settings))
        let credentials: TLSFiles
        do {
            credentials = try TLSFiles.load(settings, loaded.needs, version: 0)
        } catch {
            for line in error.lines { ThisProcess.write("\(line)\n") }
            return Exit.configuration.rawValue
        }
        for warning in credentials.warnings { ThisProcess.write("bascule: \(warning)\n") }
        makeBackupFolders(settings)
        do {
            let supervisor = try Supervisor.open(
                plan(
                    settings, text: text, file: file, credentials, watch: watch, owner: owner))
            return supervisor.run()
        } catch {
            ThisProcess.write("bascule: \(error)\n")
            return Exit.failed.rawValue
        }
    }

    private static func plan(
        _ settings: Settings, text: String, file: String, _ credentials: TLSFiles,
        watch: FileWatch, owner: Identity?
    ) throws -> SupervisorPlan {
        let workers =
            switch settings.workers {
            case .auto: min(ThisProcess.processors, Settings.workersMax)
            case .exactly(let count): count
            }
        let drain = settings.services.map(\.switchover.drainTimeout.nanoseconds).max() ?? 0
        let version = BasculeVersion.current
        let accept = workers == 1 ? "1 worker accepts" : "\(workers) workers accept"
        return SupervisorPlan(
            configuration: Array(text.utf8), configurationPath: file,
            credentials: credentials.credentials.octets, facts: try credentials.facts(settings),
            watch: watch, listeners: settings.listen.map(\.address),
            admin: settings.admin, workers: workers,
            services: settings.services.map { .init(name: $0.name) },
            folders: folders(settings), owner: owner, drainNanoseconds: UInt64(drain),
            accessLog: settings.accessLog.file,
            banner: "bascule \(version): \(accept)")
    }

    /// What has to stand before the roles are no longer root.
    private static func folders(_ settings: Settings) -> [SupervisorPlan.PreparedFolder] {
        var folders = [SupervisorPlan.PreparedFolder(path: settings.state, mode: 0o700)]
        // Who may use the socket is for the socket's own mode to say; the folder is for finding it.
        if let slash = settings.control.socket.lastIndex(of: "/"),
            slash != settings.control.socket.startIndex
        {
            let path = String(settings.control.socket[..<slash])
            folders.append(.init(path: path, mode: 0o755))
        }
        return folders
    }

    /// Backups are written by the owner of the database. As root the folder is made for that
    /// owner; the job makes it otherwise, and says so where it cannot.
    private static func makeBackupFolders(_ settings: Settings) {
        guard ThisProcess.isRoot else { return }
        for service in settings.services {
            guard let database = service.database, let backup = database.backup,
                case .sqlite(let path) = database.engine, let owner = Identity(ownerOf: path)
            else { continue }
            do throws(SystemError) {
                try Folder.make("serve.backups", backup.directory, mode: 0o700, owner: owner)
            } catch {
                ThisProcess.write("bascule: backup.directory of \(service.name): \(error)\n")
            }
        }
    }
}
