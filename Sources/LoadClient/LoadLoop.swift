import Kernel

/// The thread of a load: connections over one poller, until it is told to finish.
struct LoadLoop: ~Copyable {
    /// The token of the counter that ends the load; connections have their numbers.
    private static let finishToken = UInt64.max
    /// Longest wait for what is on its way after the load was told to finish.
    private static let finishNanoseconds: UInt64 = 15_000_000_000
    /// Before a connection that could not be made is tried again for the next request.
    private static let reconnectNanoseconds: UInt64 = 20_000_000

    private let plan: LoadPlan
    private let rest: UInt64
    private var poller: Poller
    private var connections: [LoadConnection?]
    /// Where `connections` has nil: when to connect.
    private var connectAt: [Instant]
    /// What to read next on each connection: the id that was acknowledged last.
    private var toRead: [String?]
    private var requestsStarted = 0
    private var finishBy: Instant?
    private var report: LoadReport

    init(_ plan: LoadPlan) throws(SystemError) {
        self.plan = plan
        rest = plan.restMilliseconds * 1_000_000
        poller = try Poller("load.poll")
        connections = Array(repeating: nil, count: plan.connections)
        toRead = Array(repeating: nil, count: plan.connections)
        let now = Instant.now
        // Spread over one rest, so that the connections do not go in step.
        connectAt = (0..<plan.connections).map { [rest] index in
            now.advanced(byNanoseconds: rest * UInt64(index) / UInt64(max(1, plan.connections)))
        }
        report = LoadReport(started: now)
    }

    /// Runs until `finish` is signalled or the requests are used up, then until the last answer.
    /// `progress` is told of every request that ended.
    consuming func run(
        until finish: borrowing EventCounter, progress: (LoadRecord) -> Void
    ) -> LoadReport {
        _ = poller.add(finish.descriptor.number, .readable, token: Self.finishToken)
        while true {
            let count = poller.wait(milliseconds: nextWait(.now))
            let now = Instant.now
            for index in 0..<count {
                let event = poller[index]
                if event.token == Self.finishToken {
                    finish.drain()
                    stop(now)
                } else {
                    take(event, now, progress)
                }
            }
            startWhatIsDue(now, progress)
            expire(now, progress)
            if finishBy != nil, !isBusy(now) { break }
        }
        report.ended = .now
        return report
    }

    // MARK: What happens

    private mutating func take(
        _ event: Poller.Event, _ now: Instant, _ progress: (LoadRecord) -> Void
    ) {
        let number = Int(event.token)
        guard let connection = connections[number] else { return }
        if event.isWritable { apply(connection.writable(now: now), number, now, progress) }
        guard let connection = connections[number], event.isReadable || event.isPeerEnd else {
            return
        }
        apply(connection.readable(now: now, rest: rest), number, now, progress)
    }

    private mutating func apply(
        _ event: LoadConnection.Event, _ number: Int, _ now: Instant,
        _ progress: (LoadRecord) -> Void
    ) {
        switch event {
        case .nothing:
            return watch(number)
        case .finished(let record):
            note(record, progress)
            watch(number)
        case .lost(let record):
            report.lostConnections.append(
                LostConnection(connection: number, at: now, wasBusy: record != nil))
            if let record { note(record, progress) }
            drop(number, now)
        case .closed(let record):
            if let record { note(record, progress) }
            drop(number, now)
        }
    }

    private mutating func note(_ record: LoadRecord, _ progress: (LoadRecord) -> Void) {
        report.records.append(record)
        let isCreated = record.kind == .create && record.isAcknowledged
        toRead[record.connection] = isCreated ? record.id : nil
        progress(record)
    }

    private mutating func drop(_ number: Int, _ now: Instant) {
        connections[number] = nil
        connectAt[number] = now.advanced(byNanoseconds: rest)
    }

    private mutating func stop(_ now: Instant) {
        finishBy = finishBy ?? now.advanced(byNanoseconds: Self.finishNanoseconds)
    }

    // MARK: What is due

    private mutating func startWhatIsDue(_ now: Instant, _ progress: (LoadRecord) -> Void) {
        guard finishBy == nil else { return }
        for number in connections.indices {
            if connections[number] == nil, connectAt[number] <= now {
                connect(number, now, progress)
            }
            guard let connection = connections[number],
                case .resting(let moment) = connection.state, moment <= now
            else { continue }
            guard plan.requestsMax == 0 || requestsStarted < plan.requestsMax else {
                return stop(now)
            }
            let (kind, id) = nextRequest(number)
            let message = message(kind, id: id)
            apply(
                connection.begin(kind, id: id, message: message, now: now), number, now, progress)
        }
    }

    private mutating func nextRequest(_ number: Int) -> (LoadRecord.Kind, id: String) {
        requestsStarted += 1
        if let id = toRead[number] { return (.read, id) }
        return (.create, "\(plan.prefix)-\(number)-\(requestsStarted)")
    }

    private mutating func connect(
        _ number: Int, _ now: Instant, _ progress: (LoadRecord) -> Void
    ) {
        do {
            let socket = try Socket.connect("load.connect", to: plan.address)
            report.connectionsMade += 1
            connections[number] = LoadConnection(number, socket, startAt: now)
            if let code = connections[number].flatMap({ connection in
                poller.add(
                    connection.socket.number, [.readable, .peerEnd], token: UInt64(number))
            }) {
                notConnected(number, code, now, progress)
            }
        } catch {
            notConnected(number, error.errno, now, progress)
        }
    }

    private mutating func notConnected(
        _ number: Int, _ code: Errno, _ now: Instant, _ progress: (LoadRecord) -> Void
    ) {
        let (kind, id) = nextRequest(number)
        note(
            LoadRecord(
                kind: kind, id: id, connection: number, started: now, ended: now, status: 0,
                color: "", outcome: .failed(.notConnected(code))), progress)
        connections[number] = nil
        connectAt[number] = now.advanced(byNanoseconds: max(rest, Self.reconnectNanoseconds))
    }

    private mutating func expire(_ now: Instant, _ progress: (LoadRecord) -> Void) {
        let limit =
            finishBy.map { $0 <= now ? now : Instant(nanoseconds: 0) }
            ?? Instant(nanoseconds: 0)
        let patience = plan.answerMilliseconds * 1_000_000
        let old = Instant(nanoseconds: now.nanoseconds - min(now.nanoseconds, patience))
        for number in connections.indices {
            guard let connection = connections[number] else { continue }
            let event = connection.expire(startedBefore: max(old, limit), now: now)
            if case .nothing = event { continue }
            apply(event, number, now, progress)
        }
    }

    // MARK: Helpers

    private func isBusy(_ now: Instant) -> Bool {
        connections.contains { connection in
            guard let connection, case .busy = connection.state else { return false }
            return true
        }
    }

    private func watch(_ number: Int) {
        guard let connection = connections[number] else { return }
        let interest: Poller.Interest =
            connection.wantsWriting ? [.readable, .writable, .peerEnd] : [.readable, .peerEnd]
        _ = poller.change(connection.socket.number, interest, token: UInt64(number))
    }

    /// Milliseconds until something is due, at most a second.
    private func nextWait(_ now: Instant) -> Int {
        guard finishBy == nil else { return 50 }
        var next = now.advanced(byNanoseconds: 1_000_000_000)
        for number in connections.indices {
            guard let connection = connections[number] else {
                next = min(next, connectAt[number])
                continue
            }
            if case .resting(let moment) = connection.state { next = min(next, moment) }
        }
        return Int((next.nanoseconds(since: now) + 999_999) / 1_000_000)
    }

    private func message(_ kind: LoadRecord.Kind, id: String) -> [UInt8] {
        switch kind {
        case .read:
            return Array(
                "GET /transactions/\(id) HTTP/1.1\r\nHost: \(plan.host)\r\n\r\n".utf8)
        case .create:
            let body = """
                {"id":"\(id)","category_id":\(plan.category),"amount_cents":-1250,\
                "date":"2026-01-15","note":"load"}
                """
            return Array(
                """
                POST /transactions HTTP/1.1\r\nHost: \(plan.host)\r\n\
                Content-Type: application/json\r\nX-Request-ID: \(id)\r\n\
                Content-Length: \(body.utf8.count)\r\n\r\n\(body)
                """.utf8)
        }
    }
}
