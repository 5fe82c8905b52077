import Control
import Foundation
import Kernel
import Synchronization

/// Sends every case of a table to one Bascule, many at once, and judges them when all is still.
struct CaseRunner {
    /// What a client got.
    struct Result: Sendable {
        var statuses: [Int] = []
        var isClosed = false
        var failure: String?

        var final: Int? { statuses.first { $0 >= 200 } }
    }

    struct Verdict: Sendable {
        let id: String
        let kind: String
        /// nil: as it must be.
        let problem: String?
    }

    /// Threads; each one waits for a peer most of its time.
    private static let threads = 24

    let cases: [RequestCase]
    let bascule: Bascule
    let app: StrictUpstream

    init(_ cases: [RequestCase]) throws {
        self.cases = cases
        app = try StrictUpstream()
        let service = Configuration.Service(blue: [app.address.description])
        var configuration = Configuration([service])
        configuration.lines.append("timeouts: {header: 500ms, body: 500ms}")
        bascule = try Bascule(configuration)
        for (index, item) in cases.enumerated() {
            app.answer(SourceAddress.text(index), with: item.answer)
        }
    }

    func run() throws -> [Verdict] {
        let shared = Shared(cases: cases.count, threads: Self.threads)
        for _ in 0..<Self.threads {
            let thread = Thread { work(shared) }
            thread.stackSize = 1 << 20
            thread.start()
        }
        try Wait.until("every case is sent", seconds: 50) {
            shared.running.load(ordering: .acquiring) == 0
        }
        // What was forwarded is at the app once nothing is in flight.
        try Wait.until("nothing is in flight") {
            try bascule.service().colors.allSatisfy { $0.inFlight == 0 }
        }
        let all = shared.results.withLock { $0 }
        return cases.indices.map { index in
            let requests = app.requests(from: SourceAddress.text(index))
            let problem = CaseJudge(item: cases[index], requests: requests).problem(
                of: all[index] ?? Result())
            return Verdict(id: cases[index].id, kind: cases[index].kind, problem: problem)
        }
    }

    /// What the threads share.
    private final class Shared: Sendable {
        let results: Mutex<[Result?]>
        let next: Atomic<Int>
        let running: Atomic<Int>

        init(cases: Int, threads: Int) {
            results = Mutex(Array(repeating: nil, count: cases))
            next = Atomic(0)
            running = Atomic(threads)
        }
    }

    private func work(_ shared: Shared) {
        while true {
            let index = shared.next.add(1, ordering: .relaxed).oldValue
            guard index < cases.count else { break }
            let result = send(cases[index], from: SourceAddress.text(index))
            shared.results.withLock { $0[index] = result }
        }
        shared.running.subtract(1, ordering: .releasing)
    }

    private func send(_ item: RequestCase, from source: String) -> Result {
        var result = Result()
        do {
            let client = try SourceAddress.connect(from: source, to: bascule.address.port ?? 0)
            client.patience = 5
            do { try send(item, on: client) } catch {
                // Refused while it was sent: what came back counts.
            }
            try read(item, from: client, into: &result)
        } catch RawConnection.Failure.closed, RawConnection.Failure.reset {
            result.isClosed = true
        } catch {
            result.failure = "\(error)"
        }
        return result
    }

    private func send(_ item: RequestCase, on client: RawConnection) throws {
        switch item.manner {
        case .atOnce, .stall: try client.send(item.octets)
        case .octetByOctet: for octet in item.octets { try client.send([octet]) }
        case .splitAtCR:
            var piece: [UInt8] = []
            for octet in item.octets {
                if octet == 13, !piece.isEmpty {
                    try client.send(piece)
                    piece = []
                    ThisProcess.pause(milliseconds: 1)
                }
                piece.append(octet)
            }
            try client.send(piece)
        case .halfClose:
            try client.send(item.octets)
            client.endWriting()
        }
    }

    /// Reads answers until the end; where the connection may stay, until it is still.
    private func read(
        _ item: RequestCase, from client: RawConnection, into result: inout Result
    ) throws {
        // Of several requests only the first one is ever a HEAD.
        let first = item.octets.prefix { $0 != 0x20 }.latin1
        while true {
            if result.final != nil, !item.mustClose {
                guard try client.hasMore(within: 0.2) else { return }
            }
            let answer = try client.readAnswer(to: result.final == nil ? first : "GET")
            result.statuses.append(answer.status)
        }
    }
}
