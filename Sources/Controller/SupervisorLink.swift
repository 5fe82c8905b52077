internal import Control
internal import Foundation
internal import Kernel

/// The channel to the supervisor: short texts both ways.
struct SupervisorLink: Sendable {
    private let end: ChannelEnd

    init(_ end: ChannelEnd) { self.end = end }

    /// What the supervisor says.
    enum Message: Hashable, Sendable {
        /// The job of a service's role `database` has ended; `isClean` where it exited with 0.
        case databaseEnded(service: Int, isClean: Bool)
        case workerEnded(slot: Int, lost: Int)
        /// The workers finish what they have; then this process is told to end.
        case stopping
        case reload(question: Int, ReloadDesk.Answer)
        /// Certificates were read again.
        case facts(CredentialFacts)
        case other(String)

        init(_ text: String) {
            let words = text.split(separator: " ")
            switch words.first {
            case "database-ended" where words.count >= 2:
                guard let service = Int(words[1]) else { break }
                let ending = words.dropFirst(2).joined(separator: " ")
                self = .databaseEnded(service: service, isClean: ending == "exit code 0")
                return
            case "worker-ended" where words.count == 3:
                guard let slot = Int(words[1]), let lost = Int(words[2]) else { break }
                self = .workerEnded(slot: slot, lost: lost)
                return
            case "stopping":
                self = .stopping
                return
            case "reloaded", "reload-refused", "reload-failed":
                guard let answer = Self.reloadAnswer(text) else { break }
                self = answer
                return
            case _: break
            }
            self = .other(text)
        }

        private static func reloadAnswer(_ text: String) -> Message? {
            let words = text.split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count == 3, let question = Int(words[1]) else { return nil }
            switch words[0] {
            case "reloaded":
                guard let version = UInt64(words[2]) else { return nil }
                return .reload(question: question, .reloaded(version: version))
            case "reload-refused": return .reload(question: question, .refused(words[2]))
            case _: return .reload(question: question, .failed(words[2]))
            }
        }
    }

    /// The first route words stand; traffic may come.
    func ready() { send("ready") }

    /// Graceful end of everything.
    func stop() { send("stop") }

    /// Read certificates and keys again, and say under this number what came of it.
    func reload(_ question: Int) { send("reload \(question)") }

    /// Start the role `database` for this service.
    func startDatabase(service: Int) { send("database \(service)") }

    /// Start the role `database` for one job of this number, which gets this end of a channel.
    /// False where it could not be said.
    func startJob(service: Int, number: UInt64, channel: borrowing Descriptor) -> Bool {
        let text = "job \(service) \(number)"
        if case .moved = end.channel.send("controller.tell", text, passing: channel) {
            return true
        }
        return false
    }

    /// Kill the process of this job.
    func endJob(_ number: UInt64) { send("end-job \(number)") }

    private func send(_ text: String) {
        // The supervisor reads whenever it is told; a full channel means that it is ending.
        end.channel.send("controller.tell", text)
    }

    /// What the supervisor says, until it is gone.
    func messages() -> AsyncStream<Message> {
        let (stream, continuation) = AsyncStream.makeStream(of: Message.self)
        let end = end
        Thread.detachNewThread {
            while true {
                let socket = end.channel.descriptor.number
                guard Waiting.wait(.readable, of: socket, until: .never) else { continue }
                switch Socket.peek(socket) {
                case .moved:
                    guard var passed = end.channel.receivePassed("controller.hear") else {
                        continue
                    }
                    let text = String(decoding: passed.octets, as: UTF8.self)
                    continuation.yield(Self.message(text, passed.descriptor.take()))
                case .wouldBlock: continue
                case .end, .failed:
                    continuation.finish()
                    return
                }
            }
        }
        return stream
    }

    private static func message(_ text: String, _ file: consuming Descriptor?) -> Message {
        guard let file else { return Message(text) }
        do {
            return .facts(try CertificateBook.facts(file))
        } catch {
            return .other("\(text): \(error)")
        }
    }
}
