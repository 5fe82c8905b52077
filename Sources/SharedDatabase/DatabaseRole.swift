internal import Foundation
public import Kernel

/// The role `database`: one request, one answer, gone.
///
/// A process that died may have left its request unread, and the channel of questions is the same
/// for all of them. So the newest request is the one that is answered; one that comes while it is
/// has its answer too.
public enum DatabaseRole {
    /// How long it waits for the controller to take the answer.
    static let answerSeconds: UInt64 = 5

    /// Says that this process is up: what it is asked from now on, it does at once.
    public static func tellReady(on channel: borrowing Descriptor) throws(SystemError) {
        let octets: [UInt8]
        do {
            octets = [UInt8](try JSONEncoder().encode(DatabaseNotice.working))
        } catch {
            preconditionFailure("a notice of plain values is JSON: \(error)")
        }
        try DatabaseMessages.send(
            "database.ready", to: channel.number, number: DatabaseMessages.unasked, octets,
            until: Instant.now.advanced(byNanoseconds: answerSeconds * 1_000_000_000))
    }

    /// Reads one request from the job channel, does it, answers, returns. One that was started
    /// ahead and is asked nothing returns after `waitSeconds`: the controller asks at once.
    ///
    /// `path`: the service's `database.sqlite` in the accepted configuration; `backups`: its
    /// `backup.directory`, nil without one; `rehearse`: its `rehearse`. Throws where the channel
    /// fails; a database that fails is an answer.
    public static func run(
        channel: borrowing Descriptor, path: String, service: String = "", backups: String? = nil,
        rehearse: [String] = [], waitSeconds: UInt64 = 10
    ) throws(SystemError) {
        let deadline = Instant.now.advanced(byNanoseconds: waitSeconds * 1_000_000_000)
        // Another one may have answered what it was started for.
        guard var request = try next(on: channel.number, until: deadline) else { return }
        if let work = work(in: request.octets) {
            let run = WorkRun(
                service: service, path: path, folder: backups.map(BackupFolder.init),
                rehearse: rehearse)
            return try run.run(work, WorkChannel(channel.number))
        }
        while true {
            request = try newest(after: request, on: channel.number, until: deadline)
            let answer = answer(request.octets, path: path)
            try DatabaseMessages.send(
                "database.answer", to: channel.number, number: request.number, encoded(answer),
                until: Instant.now.advanced(byNanoseconds: answerSeconds * 1_000_000_000))
            guard let next = try waiting(on: channel.number, until: deadline) else { return }
            request = next
        }
    }

    /// The last request that is there now, this one where no other is.
    private static func newest(
        after first: DatabaseMessages.Whole, on channel: CInt, until deadline: Instant
    ) throws(SystemError) -> DatabaseMessages.Whole {
        var newest = first
        while let next = try waiting(on: channel, until: deadline) { newest = next }
        return newest
    }

    /// A request that has begun to come; nil where there is none, or the controller has closed.
    private static func waiting(
        on channel: CInt, until deadline: Instant
    ) throws(SystemError) -> DatabaseMessages.Whole? {
        guard Waiting.wait(.readable, of: channel, until: .now) else { return nil }
        return try next(on: channel, until: deadline)
    }

    /// The next request; nil where none has come by then, or the controller has closed.
    private static func next(
        on channel: CInt, until deadline: Instant
    ) throws(SystemError) -> DatabaseMessages.Whole? {
        do throws(SystemError) {
            return try DatabaseMessages.receive("database.request", from: channel, until: deadline)
        } catch {
            guard error.errno == .timedOut else { throw error }
            return nil
        }
    }

    /// The job in a request; nil where it is another one, or none at all.
    private static func work(in request: [UInt8]) -> DatabaseWork? {
        do {
            let request = try JSONDecoder().decode(DatabaseRequest.self, from: Data(request))
            if case .work(let work) = request { return work }
            return nil
        } catch {
            return nil
        }
    }

    static func answer(_ request: [UInt8], path: String) -> DatabaseAnswer {
        do {
            switch try JSONDecoder().decode(DatabaseRequest.self, from: Data(request)) {
            case .gate(let request): return .gate(answer: Gate.answer(path: path, request))
            case .work: return .failed(reason: "a job is no question")
            case .schema: return SchemaReader.answer(path: path)
            }
        } catch {
            return .failed(reason: "the request is not understood: \(error)")
        }
    }

    /// The answer within a message, the oldest names of a long history left out.
    static func encoded(
        _ answer: DatabaseAnswer, bytesMax: Int = DatabaseMessages.messageBytesMax
    ) -> [UInt8] {
        var answer = answer
        while true {
            do {
                let bytes = [UInt8](try JSONEncoder().encode(answer))
                if bytes.count <= bytesMax { return bytes }
            } catch {
                preconditionFailure("an answer of plain values is JSON: \(error)")
            }
            answer = answer.shortened
        }
    }
}

extension DatabaseAnswer {
    /// With half of what may be long, or without it in the end.
    fileprivate var shortened: DatabaseAnswer {
        switch self {
        case .failed(let reason): .failed(reason: String(reason.prefix(reason.count / 2)))
        case .gate(let answer): .gate(answer: answer.shortened)
        case .schema: .failed(reason: "the schema is larger than a message may be")
        }
    }
}

extension GateAnswer {
    fileprivate var shortened: GateAnswer {
        let facts = database.map { whole in
            var facts = whole
            facts.applied = Array(whole.applied.suffix(whole.applied.count / 2))
            facts.dirty = Array(whole.dirty.prefix(10))
            return facts
        }
        func cut(_ text: String) -> String { String(text.prefix(max(80, text.count / 2))) }
        return GateAnswer(
            GateJudgement(
                verdict, saw: cut(saw), expected: cut(expected), hint: cut(hint)),
            database: facts, file: file)
    }
}
