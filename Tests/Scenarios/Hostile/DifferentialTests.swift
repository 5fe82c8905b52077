import Foundation
import Kernel
import Synchronization
import Testing

/// What Bascule forwards means the same to everybody who reads it.
@Suite("Readers of what is forwarded", .serialized, .timeLimit(.minutes(2)))
struct DifferentialTests {
    /// What came back for one case: the sights of a reader that took it, or its refusal.
    private struct Reading: Sendable {
        var sights: [Reader.Sight] = []
        var refusal: Int?
        var failure: String?
    }

    /// Requests that some app may take; tunnels are no requests to an origin alone.
    private static func cases() throws -> [RequestCase] {
        try OwnTable.load().filter {
            $0.outcome == .passed && $0.kind != "tunnels" && $0.answer == .ok
        }
    }

    @Test("nginx, HAProxy and h11 see the same requests with the same boundaries")
    func sameSights() throws {
        let cases = try Self.cases()
        let readings = try Reader.Kind.allCases.map { try Self.read(cases, with: Reader($0)) }
        var compared = 0
        for (index, item) in cases.enumerated() {
            let all = readings.map { $0[index] }
            for (kind, reading) in zip(Reader.Kind.allCases, all) {
                if let failure = reading.failure {
                    Issue.record("\(item.id) by \(kind): \(failure)")
                }
                if let status = reading.refusal, !Self.mayRefuse(kind, item) {
                    Issue.record("\(item.id): \(kind) refuses it with \(status)")
                }
            }
            let taken = all.filter { $0.refusal == nil && $0.failure == nil }.map(\.sights)
            if let first = taken.first(where: { $0 != taken[0] }) {
                Issue.record("\(item.id): \(taken[0]) and \(first)")
            }
            for sights in taken { #expect(sights.count == item.reaches.upperBound, "\(item.id)") }
            compared += taken.count > 1 ? 1 : 0
        }
        print("| read alike by nginx, HAProxy and h11 | \(cases.count) | \(compared) |")
        #expect(compared > 300)
    }

    /// What a reader does not take splits nothing: nginx takes only methods of capitals, `-` and
    /// `_`, no `*`, and HAProxy no name of 270 octets.
    private static func mayRefuse(_ kind: Reader.Kind, _ item: RequestCase) -> Bool {
        switch kind {
        case .h11: false
        case .nginx: item.id.hasPrefix("method-is-a-token") || item.id == "absolute-options"
        case .haproxy: item.id == "name-long"
        }
    }

    /// Sends every case through a Bascule of its own to one reader, several at once.
    private static func read(_ cases: [RequestCase], with reader: Reader) throws -> [Reading] {
        var configuration = Configuration([.init(blue: [reader.address.description])])
        configuration.workers = 1
        let bascule = try Bascule(configuration)
        let work = Work(cases: cases, bascule: bascule)
        for _ in 0..<Work.threads {
            let thread = Thread { work.run() }
            thread.stackSize = 1 << 20
            thread.start()
        }
        try Wait.until("every case is read by \(reader.kind)", seconds: 60) {
            work.running.load(ordering: .acquiring) == 0
        }
        return work.readings.withLock { $0 }
    }

    /// The threads of one run.
    private final class Work: Sendable {
        static let threads = 8
        let cases: [RequestCase]
        let bascule: Bascule
        let readings: Mutex<[Reading]>
        let next = Atomic(0)
        let running = Atomic(Work.threads)

        init(cases: [RequestCase], bascule: Bascule) {
            (self.cases, self.bascule) = (cases, bascule)
            readings = Mutex(Array(repeating: Reading(), count: cases.count))
        }

        func run() {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < cases.count else { break }
                let reading = read(cases[index])
                readings.withLock { $0[index] = reading }
            }
            running.subtract(1, ordering: .releasing)
        }

        private func read(_ item: RequestCase) -> Reading {
            var reading = Reading()
            do {
                let client = try bascule.connect()
                client.patience = 10
                try client.send(item.octets)
                if item.manner == .halfClose { client.endWriting() }
                for _ in 0..<item.reaches.upperBound {
                    var answer = try client.readAnswer()
                    while answer.status < 200 { answer = try client.readAnswer() }
                    guard answer.status == 200 else {
                        reading.refusal = answer.status
                        return reading
                    }
                    reading.sights.append(
                        Self.plain(
                            try JSONDecoder().decode(Reader.Sight.self, from: Data(answer.body))))
                }
            } catch {
                reading.failure = "\(error)"
            }
            return reading
        }

        /// Without what differs from one run to the next, and without Expect, which nginx answers
        /// itself.
        private static func plain(_ sight: Reader.Sight) -> Reader.Sight {
            var sight = sight
            sight.fields.removeAll {
                $0.hasPrefix("x-request-id: ") || $0.hasPrefix("x-request-start: ")
                    || $0.hasPrefix("expect: ")
            }
            return sight
        }
    }
}
