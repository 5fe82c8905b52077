import Board
import Control
import Kernel
import Routing
import Settings
import Supervisor
import TLS
import Worker

/// Role `worker`: takes what it inherited and runs the loop.
enum WorkerMain {
    /// Kept back for what is not a connection: the poller, the board, channels, a log.
    private static let descriptorsReserved = 64

    static func run(_ settings: Settings, _ start: RoleStart, slot: Int) throws -> Never {
        let signals = try SignalReader("worker.signals", [.terminate, .interrupt, .user1, .pipe])
        guard let file = Descriptor.inherited(RoleDescriptors.Worker.board),
            let wake = Descriptor.inherited(RoleDescriptors.Worker.wake),
            let query = Descriptor.inherited(RoleDescriptors.Worker.query),
            let renewals = Descriptor.inherited(RoleDescriptors.Worker.credentialRenewals)
        else { throw SystemError("worker.inherit", .noSuchFile) }
        var listeners = DescriptorList()
        for index in settings.listen.indices {
            guard let listener = Descriptor.inherited(RoleDescriptors.Worker.listener(index)) else {
                throw SystemError("worker.inherit", .noSuchFile, subject: "listener \(index)")
            }
            listeners.append(listener)
        }
        let credentials = try credentials()
        let worker = try Worker.open(
            configuration(settings, slot: slot), board: Board(file), listeners: listeners,
            ListenerRules.make(settings, credentials),
            targets: ListenerRules.targets(settings, credentials),
            credentials: CredentialSource(
                version: credentials.version, renewals: MessageChannel(renewals)),
            wake: EventCounter(wake), query: MessageChannel(query),
            signals: signals, log: WorkerLog.output(settings))
        worker.run()
        ThisProcess.exit(0)
    }

    private static func credentials() throws -> Credentials {
        guard let file = Descriptor.inherited(RoleDescriptors.Worker.credentials),
            let credentials = Credentials(
                try MemoryFile.contents("worker.credentials", of: file))
        else {
            throw SystemError("worker.inherit", .noSuchFile, subject: "credentials")
        }
        return credentials
    }

    private static func configuration(_ settings: Settings, slot: Int) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(
            slot: slot, services: settings.services.map(service))
        configuration.timeouts = timeouts(settings)
        configuration.limits = limits(settings.limits, slot: slot)
        configuration.trusted = settings.trustedProxies.map {
            .init(high: $0.high, low: $0.low, prefixLength: $0.prefixLength)
        }
        return configuration
    }

    private static func service(_ settings: ServiceSettings) -> WorkerConfiguration.Service {
        var service = WorkerConfiguration.Service(
            name: settings.name, route: ServiceRoute(hosts: settings.hosts, paths: settings.paths))
        service.holdRequests = settings.switchover.holdRequests
        service.holdBytes = Int(clamping: settings.switchover.holdBytes.bytes)
        service.holdTimeout = settings.switchover.holdTimeout.nanoseconds
        service.streamGrace = settings.switchover.streamGrace.nanoseconds
        service.exposesColor = settings.exposeColor
        service.peerNames = Color.allCases.map { color in
            (settings[color]?.targets ?? []).map { settings.peerName(of: $0) }
        }
        return service
    }

    private static func timeouts(_ settings: Settings) -> WorkerConfiguration.Timeouts {
        var timeouts = WorkerConfiguration.Timeouts()
        timeouts.header = settings.timeouts.header.nanoseconds
        timeouts.body = settings.timeouts.body.nanoseconds
        timeouts.send = settings.timeouts.send.nanoseconds
        timeouts.connect = settings.timeouts.connect.nanoseconds
        timeouts.response = settings.timeouts.response.nanoseconds
        timeouts.idle = settings.timeouts.idle.nanoseconds
        timeouts.upstreamIdle = settings.timeouts.upstreamIdle.nanoseconds
        timeouts.tunnel = settings.timeouts.tunnel.nanoseconds
        timeouts.drain =
            settings.services.map(\.switchover.drainTimeout.nanoseconds).max() ?? timeouts.drain
        return timeouts
    }

    /// Two descriptors a connection, one of them to a target; what the process may open bounds
    /// how many there can be.
    private static func limits(
        _ settings: LimitSettings, slot: Int
    ) -> WorkerConfiguration.Limits {
        var limits = WorkerConfiguration.Limits()
        limits.headerBytes = Int(clamping: settings.headerBytes.bytes)
        limits.headerCount = settings.headerCount
        limits.bodyBytes = UInt64(clamping: settings.bodyBytes.bytes)
        limits.requestBuffer = Int(clamping: settings.requestBuffer.bytes)
        limits.responseBuffer = Int(clamping: settings.responseBuffer.bytes)
        limits.responseBuffers = Int(clamping: settings.responseBuffers.bytes)
        let possible = max(16, (ThisProcess.raiseOpenFilesLimit() - descriptorsReserved) / 2)
        limits.connections = min(settings.connections, possible)
        if possible < settings.connections {
            ThisProcess.write(
                "bascule: worker \(slot): limits.connections lowered to \(possible): "
                    + "RLIMIT_NOFILE carries no more\n")
        }
        return limits
    }
}
