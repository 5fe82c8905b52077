import Kernel
import Settings
import Supervisor
import Telemetry
import Worker

/// The access log of a worker as the configuration wants it.
enum WorkerLog {
    /// nil where it is off. Throws where the supervisor has not given what it should.
    static func output(_ settings: Settings) throws -> AccessLogOutput? {
        let format: AccessLogFormat =
            switch settings.accessLog.format {
            case .json: .json
            case .combined: .combined
            }
        switch settings.accessLog.path {
        case .off:
            return nil
        case .standardOutput:
            guard let output = Descriptor.inherited(ThisProcess.Output.standardOutput.rawValue)
            else { return nil }
            return AccessLogOutput(output, renewals: nil, format: format)
        case .file(let path):
            let listeners = settings.listen.count
            let log = RoleDescriptors.Worker.log(listeners: listeners)
            let renewals = RoleDescriptors.Worker.logRenewals(listeners: listeners)
            guard let file = Descriptor.inherited(log),
                let channel = Descriptor.inherited(renewals)
            else { throw SystemError("worker.inherit", .noSuchFile, subject: path) }
            return AccessLogOutput(file, renewals: MessageChannel(channel), format: format)
        }
    }
}

extension AccessLogSettings {
    /// The file that the supervisor opens; nil where there is none to be opened.
    var file: String? {
        switch path {
        case .file(let path): path
        case .off, .standardOutput: nil
        }
    }
}
