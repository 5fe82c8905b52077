internal import Control
internal import Foundation
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// One job with progress in a process of its own: started with the end of a channel, heard until
/// it ends, cancelled by closing.
///
/// Its channel is nobody else's, so that a gate may look while a backup goes on, and a job that
/// died is seen at once: the channel ends.
final class DatabaseJob: Sendable {
    private let end: ChannelEnd
    private let notices: AsyncStream<DatabaseNotice>
    private let patience = JobPatience()

    /// Starts the process. Throws where it could not even be asked for.
    convenience init(
        _ work: DatabaseWork, service: Int, supervisor: SupervisorLink
    ) throws(WorkFailure) {
        try self.init(service: service, supervisor: supervisor)
        try say(DatabaseRequest.work(work))
    }

    private init(service: Int, supervisor: SupervisorLink) throws(WorkFailure) {
        let number = UInt64.random(in: 0...UInt64.max)
        do throws(SystemError) {
            let pair = try Socket.messagePair("controller.job.pair").release()
            end = ChannelEnd(Descriptor(owning: pair.first))
            let theirs = Descriptor(owning: pair.second)
            guard supervisor.startJob(service: service, number: number, channel: theirs) else {
                throw SystemError("controller.job", .wouldBlock)
            }
        } catch {
            throw WorkFailure(.failed, "no process for the database could be started: \(error)")
        }
        notices = Self.listen(to: end, patience) { supervisor.endJob(number) }
    }

    /// One at a time hears it.
    func next() async -> DatabaseNotice? {
        for await notice in notices { return notice }
        return nil
    }

    /// The next notice that is no progress; `told` hears of the progress. A job that ends without
    /// a last notice has died, and one that is silent too long is given up.
    func answer(
        _ told: (String, Int, Int) async -> Void = { _, _, _ in }
    ) async throws(WorkFailure) -> DatabaseNotice {
        patience.begin()
        defer { patience.end() }
        while let notice = await next() {
            switch notice {
            case .progress(let stage, let done, let total): await told(stage, done, total)
            case .failed(let failure): throw failure
            case _: return notice
            }
        }
        // Nobody waits for it any more.
        if Task.isCancelled { close() }
        throw WorkFailure(
            .died, "its process died", hint: "the log of bascule says more; try again")
    }

    func say(_ word: DatabaseWord) throws(WorkFailure) { try send(word) }

    private func say(_ request: DatabaseRequest) throws(WorkFailure) { try send(request) }

    private func send(_ value: some Encodable) throws(WorkFailure) {
        let octets: [UInt8]
        do {
            octets = [UInt8](try JSONEncoder().encode(value))
        } catch {
            throw WorkFailure(.failed, "the request is no JSON: \(error)")
        }
        guard octets.count <= DatabaseMessages.messageBytesMax else {
            throw WorkFailure(.failed, "there are more migrations than a request can carry")
        }
        for part in DatabaseMessages.parts(number: 0, octets) {
            guard case .moved = end.channel.send("controller.job", part) else {
                throw WorkFailure(.failed, "its process does not listen")
            }
        }
    }

    /// How long the process may take to read a request that is more than the channel holds.
    private static let takenNanoseconds: UInt64 = 10_000_000_000

    /// The same with a request that may be larger than the channel holds at once.
    static func start(
        large work: DatabaseWork, service: Int, supervisor: SupervisorLink
    ) async throws(WorkFailure) -> DatabaseJob {
        let job = try DatabaseJob(service: service, supervisor: supervisor)
        let octets: [UInt8]
        do {
            octets = [UInt8](try JSONEncoder().encode(DatabaseRequest.work(work)))
        } catch {
            throw WorkFailure(.failed, "the request is no JSON: \(error)")
        }
        guard octets.count <= DatabaseMessages.messageBytesMax else {
            throw WorkFailure(.failed, "the request is more than a message can carry")
        }
        if let failure = await job.send(octets, within: takenNanoseconds) {
            throw WorkFailure(.failed, "its process does not listen: \(failure)")
        }
        return job
    }

    /// Octets that are no word, whole. Where it does not take them it may have said why.
    func pass(_ octets: [UInt8], within nanoseconds: UInt64) async throws(WorkFailure) {
        guard let failure = await send(octets, within: nanoseconds) else { return }
        if failure.errno != .timedOut { _ = try await answer() }
        throw WorkFailure(.failed, "its process does not listen: \(failure)")
    }

    private func send(_ octets: [UInt8], within nanoseconds: UInt64) async -> SystemError? {
        let end = end
        return await OwnThread.run {
            do throws(SystemError) {
                try DatabaseMessages.send(
                    "controller.job", to: end.channel.descriptor.number, number: 0, octets,
                    until: Instant.now.advanced(byNanoseconds: nanoseconds))
                return nil
            } catch {
                return error
            }
        }
    }

    /// Cancels what is not finished. The process ends, and then what it said ends.
    func close() {
        patience.close()
        Socket.shutdownWriting(end.channel.descriptor.number)
    }

    /// A thread that lives as long as the process at the other end. `kill`: ends that.
    private static func listen(
        to end: ChannelEnd, _ patience: JobPatience, kill: @escaping @Sendable () -> Void
    ) -> AsyncStream<DatabaseNotice> {
        let (stream, continuation) = AsyncStream.makeStream(of: DatabaseNotice.self)
        Thread.detachNewThread {
            let socket = end.channel.descriptor.number
            var assembly = DatabaseMessages.Assembly()
            while true {
                guard Waiting.wait(.readable, of: socket, until: patience.nextLook) else {
                    switch patience.look(at: .now) {
                    case .waits: continue
                    case .kills:
                        kill()
                        continue
                    case .gaveUp:
                        continuation.yield(.failed(.silent(isGone: false)))
                        return continuation.finish()
                    }
                }
                var octets: [UInt8] = []
                let transfer = Socket.receive(
                    "controller.job.hear", from: socket, appendingTo: &octets,
                    bytesMax: MessageChannel.messageBytesMax)
                switch transfer {
                case .moved: break
                case .wouldBlock: continue
                case .end, .failed:
                    if patience.hasKilled { continuation.yield(.failed(.silent(isGone: true))) }
                    return continuation.finish()
                }
                patience.heard()
                guard let message = assembly.add(octets) else { continue }
                do {
                    let notice = try JSONDecoder().decode(
                        DatabaseNotice.self, from: Data(message.octets))
                    if notice != .working { continuation.yield(notice) }
                } catch {
                    let failure = WorkFailure(
                        .failed, "a message of the job is not understood: \(error)")
                    continuation.yield(.failed(failure))
                    return continuation.finish()
                }
            }
        }
        return stream
    }
}

extension ServiceParts {
    func job(_ work: DatabaseWork) throws(WorkFailure) -> DatabaseJob {
        try DatabaseJob(work, service: index, supervisor: supervisor)
    }

    /// With a request of any size.
    func largeJob(_ work: DatabaseWork) async throws(WorkFailure) -> DatabaseJob {
        try await DatabaseJob.start(large: work, service: index, supervisor: supervisor)
    }

    /// Operations whose backups may be needed to go back.
    func protectedOperations() async -> [String] {
        await journal.state().needed(of: name)
    }

    func order(
        _ reason: BackupReason, _ backup: BackupSettings, operation: String?
    ) async -> BackupOrder {
        BackupOrder(
            service: name, reason: reason, operation: operation, keep: backup.keep,
            protected: await protectedOperations())
    }
}
