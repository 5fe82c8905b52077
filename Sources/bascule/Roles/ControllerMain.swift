import Board
import Control
import Controller
import Foundation
import Kernel
import Logging
import Settings
import Supervisor

/// Role `controller`: takes what it inherited and runs the control plane.
enum ControllerMain {
    /// The main thread waits for TERM; the work is done by tasks.
    static func run(_ settings: Settings, _ start: RoleStart) throws -> Never {
        let signals = try SignalReader("controller.signals", [.terminate, .interrupt, .pipe])
        let logger = Logger(label: "bascule: controller") { StandardErrorLog(label: $0) }
        let context = try context(settings, logger)
        let work = Task.detached {
            do {
                try await Controller.run(context)
                ThisProcess.exit(0)
            } catch {
                ThisProcess.write("bascule: controller: \(error)\n")
                ThisProcess.exit(Exit.failed.rawValue)
            }
        }
        var poller = try Poller("controller.poll")
        if let failure = poller.add(signals.descriptor.number, .readable, token: 0) {
            throw SystemError("controller.poll", failure)
        }
        while true {
            _ = poller.wait(milliseconds: nil)
            while let signal = signals.next() {
                if signal != .pipe { work.cancel() }
            }
        }
    }

    private static func context(
        _ settings: Settings, _ logger: Logger
    ) throws -> ControllerContext {
        let board = try Board(inherited(RoleDescriptors.Controller.board))
        let slots = board.shape.slots
        let workers = try (0..<slots).map { slot in
            try WorkerEnd(
                wake: inherited(RoleDescriptors.Controller.wake(slot)),
                queries: inherited(RoleDescriptors.Controller.query(slot, slots: slots)))
        }
        let jobs = try settings.services.indices.map { service in
            try ChannelEnd(inherited(RoleDescriptors.Controller.job(service, slots: slots)))
        }
        let admin: ListenerEnd? =
            settings.admin == nil
            ? nil : try ListenerEnd(inherited(RoleDescriptors.Controller.admin))
        return try ControllerContext(
            settings: settings, facts: facts(), version: BasculeVersion.current, board: board,
            supervisor: ChannelEnd(inherited(RoleDescriptors.Controller.supervisor)),
            workers: workers, jobs: jobs, admin: admin, logger: logger)
    }

    private static func facts() throws -> CredentialFacts {
        let file = try inherited(RoleDescriptors.Controller.facts)
        return try ControlJSON.decode(
            CredentialFacts.self,
            from: Data(try MemoryFile.contents("controller.facts", of: file)))
    }

    private static func inherited(_ number: CInt) throws(SystemError) -> Descriptor {
        guard let descriptor = Descriptor.inherited(number) else {
            throw SystemError("controller.inherit", .noSuchFile, subject: "\(number)")
        }
        return descriptor
    }
}

/// A line on standard error for each message, as the supervisor writes them.
struct StandardErrorLog: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        ThisProcess.write("\(label): \(event.level): \(event.message)\(fields)\n")
    }
}
