internal import Board
internal import Control
internal import Foundation
internal import Kernel
internal import Synchronization

/// The ways to all workers: waking them, and asking what they have in flight.
final class WorkerLinks: Sendable {
    /// A worker that takes longer is named with its counts alone.
    static let answerNanoseconds: UInt64 = 200_000_000

    private let board: Board
    private let ends: [WorkerEnd]
    /// The number of the last question. One question at a time has the channels.
    private let asked = Mutex<UInt64>(0)

    init(board: Board, ends: [WorkerEnd]) {
        self.board = board
        self.ends = ends
    }

    /// After a change of a route word or of targets. A slot is taken before anybody is accepted in
    /// it: who takes one that was free when it is looked at here sees the change by itself.
    func wakeAll() {
        for (slot, end) in ends.enumerated() where board.slot(slot).stage != .free {
            end.wake.signal()
        }
    }

    /// What waits and runs, over all workers, oldest first.
    func requests(service: Int, name: String) async -> RequestsAnswer {
        await OwnThread.run {
            self.asked.withLock { number in
                number += 1
                return self.ask("\(number)", service, name)
            }
        }
    }

    private func ask(_ identifier: String, _ service: Int, _ name: String) -> RequestsAnswer {
        let deadline = Instant.now.advanced(byNanoseconds: Self.answerNanoseconds)
        let slots = ends.indices.filter { board.slot($0).stage != .free }
        for slot in slots {
            ends[slot].queries.send("controller.ask", "requests \(identifier) \(service)")
        }
        var answer = RequestsAnswer(service: name, requests: [], silent: [])
        for slot in slots {
            guard let requests = hear(identifier, from: slot, until: deadline) else {
                answer.silent.append(silent(slot, service))
                continue
            }
            answer.requests += requests
        }
        answer.requests.sort { $0.ageMilliseconds > $1.ageMilliseconds }
        return answer
    }

    /// All parts of a worker's answer; nil where its end did not come in time. Answers to earlier
    /// questions are passed over.
    private func hear(
        _ identifier: String, from slot: Int, until deadline: Instant
    ) -> [InFlightRequest]? {
        let queries = ends[slot].queries.descriptor.number
        var requests: [InFlightRequest] = []
        while Waiting.wait(.readable, of: queries, until: deadline) {
            var octets: [UInt8] = []
            let transfer = Socket.receive(
                "controller.hear", from: queries, appendingTo: &octets,
                bytesMax: MessageChannel.messageBytesMax)
            switch transfer {
            case .moved: break
            case .wouldBlock: continue
            case .end, .failed: return nil
            }
            let space = octets.firstIndex(of: UInt8(ascii: " ")) ?? 0
            guard octets[..<space].elementsEqual(identifier.utf8) else { continue }
            let part = octets[(space + 1)...]
            if part.elementsEqual("end".utf8) { return requests }
            do {
                requests += try ControlJSON.decode([InFlightRequest].self, from: Data(part))
            } catch {
                // A worker that answers nonsense is one whose requests are known by number only.
                return nil
            }
        }
        return nil
    }

    private func silent(_ slot: Int, _ service: Int) -> SilentWorker {
        let inFlight = Color.allCases.reduce(0) {
            $0 + board.inFlight(service: service, slot: slot, color: $1).total
        }
        return SilentWorker(worker: slot, pid: board.slot(slot).pid, inFlight: inFlight)
    }
}
