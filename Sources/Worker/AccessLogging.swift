import Board
import Bytes
import Exchange
import HTTP
import HTTP1
import Kernel
import Telemetry

/// Telling the access log what has ended.
extension Worker {
    /// The request of this connection is over, the answer taken by the kernel.
    mutating func logAnswered(_ handle: Handle) {
        guard let note = clients[handle].note else { return }
        log(handle, note, note.isCut ? .cut : .complete)
    }

    /// The connection goes, with whatever is in progress on it.
    mutating func logLeft(_ handle: Handle) {
        guard let note = clients[handle].note else { return }
        if clients[handle].status == 0, !note.isCut {
            // As nginx has it: 400 for a head that never became whole, 499 for a client that did
            // not wait.
            if case .head = clients[handle].stage {
                clients[handle].status = 400
            } else if case .idle = clients[handle].stage {
                // Not one octet that means anything came.
                return
            } else {
                clients[handle].status = 499
            }
        }
        log(handle, note, note.isCut ? .cut : .clientGone)
    }

    /// At the worker's end, what its bound has cut off.
    mutating func logUnfinished() {
        guard core.isLogging else { return }
        for index in 0..<clients.slotCount {
            guard let plain = clients.handle(at: index), let note = clients[plain].note
            else { continue }
            if case .idle = clients[plain].stage { continue }
            log(plain, note, .stopped)
        }
    }

    private mutating func log(_ handle: Handle, _ note: AccessNote, _ ending: AccessEnding) {
        clients[handle].note = nil
        // The head as it went to the app; of one that was refused, as far as it came.
        let isForwarded = !clients[handle].request.isEmpty
        var record = clients[handle].record(note, ending, isForwarded: isForwarded, core: core)
        // A connection that was ended before anything came of its request.
        if ending == .clientGone, record.head.line.isEmpty { return }
        if let service = note.service {
            record.service = core.configuration.services[service].name
        }
        core.append(record, clients[handle], isForwarded: isForwarded)
    }
}

extension Worker {
    mutating func noteChoice(_ handle: Handle, _ upstream: Handle) {
        let connection = upstreams[upstream].choice
        let pool = connection.service * 2 + Int(connection.color.rawValue)
        clients[handle].note?.chose(
            pools[pool].targets[connection.target].address, connection.color,
            isConnected: connection.isConnected, now: core.now)
    }
}

extension UpstreamConnection {
    /// What it is a connection to.
    fileprivate var choice: (service: Int, color: Color, target: Int, isConnected: Bool) {
        if case .connecting = stage { return (service, color, target, false) }
        return (service, color, target, true)
    }
}

extension WorkerCore {
    var hasLines: Bool {
        switch log {
        case .some(let log): log.hasLines
        case .none: false
        }
    }

    /// Apart from `Worker`, whose parts cannot be lent to two at once.
    mutating func append(
        _ record: AccessRecord, _ client: borrowing ClientConnection, isForwarded: Bool
    ) {
        if isForwarded {
            log?.append(record, client.request, board, now: now)
        } else {
            log?.append(record, client.input, board, now: now)
        }
    }
}

extension ClientConnection {
    /// At the first octet of a request.
    mutating func noteBegin(_ now: Instant) {
        if note == nil { note = AccessNote(begin: now) }
    }

    /// The head of an answer goes to the client: the last one, or that of a tunnel.
    mutating func noteHead(_ status: Status, _ now: Instant) {
        if status.isInterim, status != .switchingProtocols { return }
        self.status = Int(status.rawValue)
        note?.headAt = now
    }

    /// Bascule's own answer stands in the output from this octet on.
    mutating func noteOwnAnswer(_ answer: OwnAnswer, from start: Int) {
        status = Int(answer.status.rawValue)
        guard let note else { return }
        note.reason = answer.reason
        note.responseBytes = UInt64(output.contentCount(from: start))
    }

    /// Before the head is taken from the input: an absolute target is written anew for the app.
    mutating func noteTarget() {
        let start = head.methodName.upperBound + 1
        let target = input.word(from: start, unless: head.path.count + head.query.count)
        if let target { note?.absoluteTarget = target }
    }

    func record(
        _ note: AccessNote, _ ending: AccessEnding, isForwarded: Bool, core: borrowing WorkerCore
    ) -> AccessRecord {
        var record = AccessRecord()
        record.time = core.wallMilliseconds
        record.head = isForwarded ? AccessHead(request.bytes) : AccessHead(input.bytes)
        record.head.absoluteTarget = note.absoluteTarget
        record.client = isTrusted && isForwarded ? believedClient(record.head, core) : peer
        record.scheme = scheme
        record.isHTTP2 = stream != nil
        record.status = status
        record.requestBytes = body.received &+ note.tunnelBytes
        // What waits for the client was not sent; it ends with content.
        let unsent = UInt64(output.count)
        record.responseBytes = note.responseBytes > unsent ? note.responseBytes - unsent : 0
        // Not the time of this turn: many requests begin and end in one.
        record.duration = Instant.now.nanoseconds(since: note.begin)
        record.color = note.color?.word
        record.upstream = note.target
        record.connectTime = note.sinceChoice(note.connectedAt)
        record.headTime = note.sinceChoice(note.headAt)
        record.upstreamTime = note.sinceChoice(note.endAt)
        record.held = note.held
        record.retries = Int(note.retries)
        record.reason = note.reason
        record.ending = ending
        return record
    }

    /// The last address of X-Forwarded-For that is none of a trusted proxy, which is the client as
    /// far as anybody can be believed; the peer where there is none.
    private func believedClient(
        _ head: AccessHead, _ core: borrowing WorkerCore
    ) -> PeerAddress {
        let octets = request.bytes
        var end = head.forwardedFor.upperBound
        let start = head.forwardedFor.lowerBound
        var found = peer
        while end > start {
            var at = end
            while at > start, octets[octet: at - 1] != UInt8(ascii: ",") { at -= 1 }
            let text = octets.extracting(at..<end).addressText
            guard let address = SocketAddress(host: text, port: 0) else { return found }
            found = PeerAddress(address)
            let trusted = core.configuration.trusted
            guard trusted.contains(where: { $0.contains(address) }) else { return found }
            end = at - 1
        }
        return found
    }
}

extension ByteBuffer {
    /// How many octets stand behind the head that begins here.
    fileprivate func contentCount(from start: Int) -> Int {
        let octets = bytes
        for at in start..<max(start, octets.byteCount - 3)
        where octets.suffix(from: at).starts(with: "\r\n\r\n") {
            return octets.byteCount - at - 4
        }
        return 0
    }

    /// The octets up to a space; nil where they are of the expected number.
    fileprivate func word(from start: Int, unless count: Int) -> [UInt8]? {
        let octets = bytes
        guard let end = octets.firstIndex(of: 0x20, from: start), end - start != count else {
            return nil
        }
        return (start..<end).map { octets[octet: $0] }
    }
}

extension RawSpan {
    /// An entry of a list of addresses without the blanks around it; no more than the longest
    /// address has.
    fileprivate var addressText: String {
        var text: [UInt8] = []
        for at in 0..<byteCount where self[octet: at] != 0x20 && self[octet: at] != 0x09 {
            guard text.count < 45 else { return "" }
            text.append(self[octet: at])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
