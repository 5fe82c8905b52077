import Kernel
import Settings
import SharedDatabase
import Supervisor

/// Role `database`: one job on the shared database of a service, then gone.
enum DatabaseMain {
    static func run(_ service: ServiceSettings) throws -> Never {
        guard let job = Descriptor.inherited(RoleDescriptors.Database.job) else {
            throw SystemError("database.inherit", .noSuchFile)
        }
        guard case .sqlite(let path) = service.database?.engine else {
            throw SystemError("database.inherit", .invalidArgument, subject: service.name)
        }
        do throws(SystemError) {
            try DatabaseRole.tellReady(on: job)
        } catch {
            // Nobody listens: then nobody asks either, and the role returns at once.
        }
        try DatabaseRole.run(
            channel: job, path: path, service: service.name,
            backups: service.database?.backup?.directory,
            rehearse: service.database?.rehearse ?? [])
        ThisProcess.exit(0)
    }
}
