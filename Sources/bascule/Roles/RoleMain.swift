import Kernel
import Settings
import Supervisor

/// What a process does that the supervisor started.
enum RoleMain {
    /// The exit code for a role that was started wrongly or could not become what it should.
    private static let failed: Int32 = 1

    /// Requests come first: without this a switch of one service, and more so a backup, is felt by
    /// the clients of another where workers need all cores.
    private static let stepsBack: Int32 = 5
    /// Nanoseconds: some requests' work.
    private static let workerSlice: UInt64 = 100_000

    static func run(_ start: RoleStart) -> Never {
        do {
            let settings = try acceptedSettings()
            try assumeIdentity(of: start.role, settings)
            // Set after the change of user, which clears it; the supervisor may be gone already.
            guard ThisProcess.endWithParent(expecting: start.supervisor) else {
                ThisProcess.exit(0)
            }
            switch start.role {
            case .worker: ThisProcess.comeSoon(for: workerSlice)
            case .controller, .database, .reader: ThisProcess.standBack(steps: stepsBack)
            }
            switch start.role {
            case .controller: try ControllerMain.run(settings, start)
            case .worker(let slot): try WorkerMain.run(settings, start, slot: slot)
            case .database(let service, _): try DatabaseMain.run(settings.services[service])
            case .reader(let file): try ReaderMain.run(settings, start, file: file)
            }
        } catch {
            ThisProcess.write("bascule: \(start.role): \(error)\n")
            ThisProcess.exit(failed)
        }
    }

    /// The configuration that the supervisor accepted. The same executable has read it before, so
    /// it is valid here.
    private static func acceptedSettings() throws -> Settings {
        guard let file = Descriptor.inherited(RoleDescriptors.configuration) else {
            throw SystemError("role.configuration", .noSuchFile)
        }
        let text = try MemoryFile.contents("role.configuration", of: file)
        return try Settings.load(
            text: String(decoding: text, as: UTF8.self), file: "accepted configuration"
        ).settings
    }

    /// Gives the privileges of root away for good: a worker and the controller become the
    /// configured users, a job on a database becomes the owner of its file.
    private static func assumeIdentity(of role: Role, _ settings: Settings) throws {
        guard ThisProcess.isRoot else { return }
        let name: String
        switch role {
        case .controller: name = settings.user
        case .worker: name = settings.workerUser.isEmpty ? settings.user : settings.workerUser
        case .database(let service, _):
            if case .sqlite(let path) = settings.services[service].database?.engine,
                let owner = Identity(ownerOf: path)
            {
                return try owner.assume()
            }
            name = settings.user
        // Keys are for the supervisor's user to read.
        case .reader: return
        }
        guard !name.isEmpty else { return }
        guard var identity = Identity(user: name) else {
            throw SystemError("role.user", .noSuchFile, subject: name)
        }
        // The control socket is given to this group, which only a member can do.
        if role == .controller, let group = Identity.group(named: settings.control.group) {
            identity.groups.append(group)
        }
        try identity.assume()
    }
}
