internal import Board
internal import Control
internal import Journal
internal import Kernel

/// Maintenance: every request is answered 503, with what the operator wants to be read.
extension ServiceControl {
    func maintain(_ body: MaintenanceBody, by caller: Caller) async throws(Problem) -> PhaseAnswer {
        try await mustBeFree()
        return body.on ? try await begin(body, caller) : try await end(caller)
    }

    private func begin(
        _ body: MaintenanceBody, _ caller: Caller
    ) async throws(Problem) -> PhaseAnswer {
        let text = try Self.checked(body.message ?? "")
        if let time = body.duration, time == .zero {
            throw Problem(.badRequest, "for: found 0, expected more")
        }
        let deadline =
            body.duration.map { Instant.now.advanced(byNanoseconds: $0.nanoseconds) } ?? .never
        let word = parts.changeRoute { word in
            switch word.phase {
            case .open, .held, .maintenance: break
            // A deploy that did not end well: only what it says may open this door.
            case .heldWrites: return nil
            }
            // Both before the word, so that who sees the word sees them.
            parts.board.setNotice(text, service: parts.index)
            parts.board.setDeadline(parts.index, deadline)
            return word.next(
                phase: .maintenance, active: word.active,
                endsClosed: word.phase == .maintenance && word.endsClosed)
        }
        guard let word else { throw phaseForbids("put under maintenance") }
        let time = body.duration.map { "for \($0)" } ?? "until it is turned off"
        var note = await note(.maintenance, "maintenance on, \(time)", by: caller)
        note += await remember(
            JournalRecord.Maintenance(
                isOn: true, message: text,
                ends: body.duration.map { _ in Timestamp(of: deadline) }), note)
        return PhaseAnswer(
            service: parts.name, active: word.active, phase: word.phase, epoch: word.epoch,
            phaseEnds: body.duration.map { _ in Timestamp(of: deadline) },
            held: parts.board.sum(.heldNow, service: parts.index),
            message: "requests are answered 503, \(time)\(note)")
    }

    private func end(_ caller: Caller) async throws(Problem) -> PhaseAnswer {
        let parts = parts
        let word = parts.changeRoute { word in
            guard word.phase == .maintenance else { return nil }
            guard word.endsClosed else { return word.next(phase: .open, active: word.active) }
            // A restore did not come to its end meanwhile.
            parts.board.setDeadline(parts.index, .now)
            return word.next(phase: .heldWrites, active: word.active, endsClosed: true)
        }
        guard let word else {
            let now = parts.route
            return PhaseAnswer(
                service: parts.name, active: now.active, phase: now.phase, epoch: now.epoch,
                phaseEnds: nil, held: parts.board.sum(.heldNow, service: parts.index),
                message: "it is not under maintenance; nothing changed")
        }
        var note = await note(.maintenance, "maintenance off", by: caller)
        note += await remember(JournalRecord.Maintenance(isOn: false), note)
        let now =
            word.phase == .open
            ? "requests are served"
            : "writes are answered 503: `bascule status` says what ends that"
        return PhaseAnswer(
            service: parts.name, active: word.active, phase: word.phase, epoch: word.epoch,
            phaseEnds: nil, held: 0, message: now + note)
    }

    /// So that it outlives the board. What is done is done whether or not it can be written down;
    /// nothing more is said of it where the note has said so already.
    private func remember(_ maintenance: JournalRecord.Maintenance, _ note: String) async -> String
    {
        do throws(JournalError) {
            try await parts.record(nil, .maintained(maintenance))
            return ""
        } catch {
            return note.isEmpty ? " (not in the journal: \(error))" : ""
        }
    }

    /// It stands on pages and in JSON, and in an operator's terminal.
    private static func checked(_ text: String) throws(Problem) -> String {
        guard text.utf8.count <= BoardShape.noticeBytesMax else {
            throw Problem(
                .badRequest,
                "message: found \(text.utf8.count) octets, expected at most "
                    + "\(BoardShape.noticeBytesMax)")
        }
        let isPlain = text.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control || $0 == "\n"
        }
        guard isPlain else {
            throw Problem(.badRequest, "message: found a control character, expected text")
        }
        return text
    }
}
