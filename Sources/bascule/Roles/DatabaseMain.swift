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
        try DatabaseRole.run(channel: job)
        ThisProcess.exit(0)
    }
}
