import Kernel

/// One connection of a load: a state machine over one socket. It is told what happens and tells
/// what to record; the loop owns the clock and the poller.
final class LoadConnection {
    enum State {
        /// No request is on its way; the next one starts at this moment.
        case resting(until: Instant)
        /// Sent from `sent` on, answered by what `reader` holds.
        case busy(Request)
        /// No more requests on this socket.
        case ended
    }

    struct Request {
        let kind: LoadRecord.Kind
        let id: String
        let started: Instant
        /// What is still to be sent.
        var unsent: ArraySlice<UInt8>
    }

    /// What became of the socket.
    enum Event {
        case nothing
        case finished(LoadRecord)
        /// The other side ended it; the record is of the request that failed by it.
        case lost(LoadRecord?)
        /// The other side ended it as its last answer had said.
        case closed(LoadRecord?)
    }

    let number: Int
    let socket: Descriptor
    private(set) var state: State
    private var reader = AnswerReader()

    init(_ number: Int, _ socket: consuming Descriptor, startAt: Instant) {
        self.number = number
        self.socket = socket
        state = .resting(until: startAt)
    }

    var wantsWriting: Bool {
        if case .busy(let request) = state { return !request.unsent.isEmpty }
        return false
    }

    /// Begins a request. The connection rests.
    func begin(
        _ kind: LoadRecord.Kind, id: String, message: [UInt8], now: Instant
    ) -> Event {
        state = .busy(Request(kind: kind, id: id, started: now, unsent: message[...]))
        return writable(now: now)
    }

    /// Sends what is left of the request.
    func writable(now: Instant) -> Event {
        guard case .busy(var request) = state, !request.unsent.isEmpty else { return .nothing }
        switch Socket.send("load.send", to: socket.number, request.unsent) {
        case .moved(let count):
            request.unsent = request.unsent.dropFirst(count)
            state = .busy(request)
            return .nothing
        case .wouldBlock: return .nothing
        case .end: return lost(nil, now)
        case .failed(let code): return lost(code, now)
        }
    }

    /// Reads what is there. `rest`: how long to wait before the next request.
    func readable(now: Instant, rest: UInt64) -> Event {
        var octets: [UInt8] = []
        let transfer = Socket.receive(
            "load.receive", from: socket.number, appendingTo: &octets, bytesMax: 16_384)
        switch transfer {
        case .moved:
            reader.add(octets[...])
            return answered(now: now, rest: rest)
        case .wouldBlock: return .nothing
        case .end: return lost(nil, now)
        case .failed(let code): return lost(code, now)
        }
    }

    /// Ends a request that has waited since before `limit`.
    func expire(startedBefore limit: Instant, now: Instant) -> Event {
        guard case .busy(let request) = state, request.started < limit else { return .nothing }
        return fail(.timedOut, now)
    }

    private func answered(now: Instant, rest: UInt64) -> Event {
        do {
            guard let answer = try reader.next() else { return .nothing }
            guard case .busy(let request) = state, reader.pending == 0 else {
                return fail(.noHTTP("octets that nobody asked for"), now)
            }
            let record = Self.record(request, number, answer, now)
            guard answer.isKept else {
                state = .ended
                return .closed(record)
            }
            state = .resting(until: now.advanced(byNanoseconds: rest))
            return .finished(record)
        } catch {
            return fail(.noHTTP(error.reason), now)
        }
    }

    private func lost(_ code: Errno?, _ now: Instant) -> Event {
        fail(.cut(code, octets: reader.pending), now)
    }

    private func fail(_ failure: LoadRecord.Failure, _ now: Instant) -> Event {
        defer { state = .ended }
        guard case .busy(let request) = state else { return .lost(nil) }
        return .lost(
            LoadRecord(
                kind: request.kind, id: request.id, connection: number, started: request.started,
                ended: now, status: 0, color: "", outcome: .failed(failure)))
    }

    private static func record(
        _ request: Request, _ number: Int, _ answer: Answer, _ now: Instant
    ) -> LoadRecord {
        let expected =
            switch request.kind {
            case .create: 201
            case .read: 200
            }
        let body = answer.text()
        let outcome: LoadRecord.Outcome =
            if answer.status != expected {
                .refused(
                    status: answer.status, reason: answer.fields["x-bascule-reason"] ?? "")
            } else if body.contains("\"\(request.id)\"") {
                .acknowledged
            } else {
                .wrongAnswer(body: String(body.prefix(200)))
            }
        return LoadRecord(
            kind: request.kind, id: request.id, connection: number, started: request.started,
            ended: now, status: answer.status,
            color: answer.fields["x-bascule-color"] ?? answer.fields["x-ledger-color"] ?? "",
            outcome: outcome)
    }
}
