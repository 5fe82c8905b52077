internal import Foundation
internal import Kernel
internal import SharedDatabase
internal import Synchronization

/// Jobs on the shared database of one service: each in a process of its own that the supervisor
/// starts, one at a time.
actor DatabaseJobs {
    /// Longest from the request to its answer; a gate waits at most a fraction of it for a lock.
    static let answerNanoseconds: UInt64 = 10_000_000_000
    /// A process that was started ahead waits about ten seconds for its request; an older one is
    /// not counted on.
    static let preparedNanoseconds: UInt64 = 8_000_000_000
    /// Longest that one waits for a process that is started ahead. Nobody is held meanwhile.
    static let readyNanoseconds: UInt64 = 1_000_000_000
    /// How often a wait looks whether the process has died.
    static let lookNanoseconds: UInt64 = 20_000_000

    private let service: Int
    private let channel: ChannelEnd
    private let supervisor: SupervisorLink
    private let turn = Turn()
    private let crash = Crash()
    /// Processes that were started and are not known to have ended, and how many of these have
    /// been given a request.
    private var started = 0
    private var used = 0
    private var lastStart = Instant(nanoseconds: 0)
    /// The one that was started last has said that it is up.
    private var isReady = false
    /// Of the last request; its answer carries the same. A controller before this one had numbers
    /// of its own, and may have left answers.
    private var number = UInt32.random(in: 0...UInt32.max)

    init(service: Int, channel: ChannelEnd, supervisor: SupervisorLink) {
        self.service = service
        self.channel = channel
        self.supervisor = supervisor
    }

    /// Starts the process ahead and waits until it is up, so that the next request finds it
    /// waiting: nothing is to be started while requests are held.
    func prepare() async {
        await turn.take()
        crash.forget()
        if !isPrepared { start() }
        if !isReady { isReady = await hearReady() }
        await turn.give()
    }

    /// False where it does not come up in time: whoever asks waits for it then.
    private func hearReady() async -> Bool {
        let (channel, crash) = (channel, crash)
        let end = Instant.now.advanced(byNanoseconds: Self.readyNanoseconds)
        return await OwnThread.run {
            var assembly = DatabaseMessages.Assembly()
            while Instant.now < end, !crash.didHappen {
                let look = min(end, Instant.now.advanced(byNanoseconds: Self.lookNanoseconds))
                guard Waiting.wait(.readable, of: channel.channel.descriptor.number, until: look),
                    let part = channel.channel.receive("controller.job"),
                    let message = assembly.add(part)
                else { continue }
                // An answer that came too late is for nobody any more.
                if message.number == DatabaseMessages.unasked { return true }
            }
            return false
        }
    }

    /// Asks the gate.
    func gate(_ request: GateRequest) async -> DatabaseAnswer {
        await turn.take()
        let answer = await ask(.gate(request: request))
        await turn.give()
        return answer
    }

    /// Reads the whole schema.
    func schema() async -> DatabaseAnswer {
        await turn.take()
        let answer = await ask(.schema)
        await turn.give()
        return answer
    }

    /// The supervisor says that the process has ended. One that ends well has answered, but it may
    /// have answered what an earlier one left unread: then nobody is left for the request of now.
    func ended(isClean: Bool) {
        started = max(0, started - 1)
        used = max(0, used - 1)
        if !isClean || started == 0 { crash.happened() }
    }

    /// Whether a process waits for a request.
    private var isPrepared: Bool {
        started > used && Instant.now.nanoseconds(since: lastStart) < Self.preparedNanoseconds
    }

    private func start() {
        supervisor.startDatabase(service: service)
        isReady = false
        started += 1
        lastStart = .now
    }

    /// A process that ends without an answer is replaced once.
    private func ask(_ request: DatabaseRequest) async -> DatabaseAnswer {
        let deadline = Instant.now.advanced(byNanoseconds: Self.answerNanoseconds)
        let answer = await ask(request, until: deadline)
        return answer == Self.died ? await ask(request, until: deadline) : answer
    }

    private static let died = DatabaseAnswer.failed(reason: "its process died")

    private func ask(_ request: DatabaseRequest, until deadline: Instant) async -> DatabaseAnswer {
        let message: [UInt8]
        do {
            message = [UInt8](try JSONEncoder().encode(request))
        } catch {
            return .failed(reason: "the request is no JSON: \(error)")
        }
        guard message.count <= DatabaseMessages.messageBytesMax else {
            return .failed(reason: "the target states more migrations than a request can carry")
        }
        // An answer that came too late for an earlier request is not for this one.
        while channel.channel.receive("controller.job") != nil {}
        number &+= 1
        if number == DatabaseMessages.unasked { number = 1 }
        crash.forget()
        if !isPrepared { start() }
        used += 1
        let (channel, crash, number) = (channel, crash, number)
        return await OwnThread.run {
            do throws(SystemError) {
                try DatabaseMessages.send(
                    "controller.job", to: channel.channel.descriptor.number, number: number,
                    message, until: deadline)
            } catch {
                return .failed(reason: "the request could not be sent: \(error)")
            }
            return Self.hear(channel, crash, number: number, until: deadline)
        }
    }

    private static func hear(
        _ channel: ChannelEnd, _ crash: Crash, number: UInt32, until deadline: Instant
    ) -> DatabaseAnswer {
        var assembly = DatabaseMessages.Assembly()
        while Instant.now < deadline {
            let look = min(deadline, Instant.now.advanced(byNanoseconds: lookNanoseconds))
            guard Waiting.wait(.readable, of: channel.channel.descriptor.number, until: look)
            else {
                guard crash.didHappen else { continue }
                // Its answer may have come since.
                if Waiting.wait(.readable, of: channel.channel.descriptor.number, until: .now) {
                    continue
                }
                return died
            }
            guard let part = channel.channel.receive("controller.job"),
                let message = assembly.add(part), message.number == number
            else { continue }
            do {
                return try JSONDecoder().decode(DatabaseAnswer.self, from: Data(message.octets))
            } catch {
                return .failed(reason: "its answer is not understood: \(error)")
            }
        }
        return .failed(reason: "no answer in \(answerNanoseconds / 1_000_000_000) s")
    }

    /// Told by the actor, read by the thread that waits.
    private final class Crash: Sendable {
        private let flag = Mutex(false)

        var didHappen: Bool { flag.withLock { $0 } }
        func happened() { flag.withLock { $0 = true } }
        func forget() { flag.withLock { $0 = false } }
    }
}
