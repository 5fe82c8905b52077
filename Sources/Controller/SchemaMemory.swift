internal import Board
internal import Control
internal import Journal
internal import Logging
internal import SharedDatabase

/// What is remembered of one service's schema: which there were, with which migrations and which
/// color, and what a way from one to another does to older code.
///
/// It lives in the journal, outside the database: a restore must not take it back. A schema is
/// written there once, when its fingerprint is first seen; whoever asks the gate tells what it
/// saw.
actor SchemaMemory {
    /// A look of the gate, and what was known around it.
    struct Look: Sendable {
        let facts: DatabaseFacts
        /// Which color serves.
        let active: Color
        /// The color that the gate was asked about, and what its targets state.
        let color: Color
        let statement: MigrationStatement
        /// The gate's verdict was `match`.
        let isMatch: Bool
        /// A switch to `color` has just been done: its checks passed, or were overridden.
        var isSwitch = false
        /// The database may be asked for a schema that is not known yet.
        var mayAsk = true
    }

    /// A way from one schema to another, and the traits of the files that they were first seen in.
    private struct Compared: Sendable {
        let from: String
        let to: String
        let findings: [SchemaFinding]
        let traits: (old: SchemaTraits, new: SchemaTraits)
    }

    /// A text of a schema goes into lines of at most so many octets, which JSON may double.
    static let pieceBytesMax = 256 << 10

    private let service: String
    private let version: String
    private let journal: JournalKeeper
    /// nil where the service has no SQLite database.
    private let jobs: DatabaseJobs?
    private let logger: Logger
    private let turn = Turn()
    /// nil until the journal was read.
    private var known: SchemaRecords?
    private var compared: Compared?
    /// The last schema that was asked for without being recorded.
    private var asked: (fingerprint: String, text: String)?
    private var isJournalBroken = false

    init(
        service: String, version: String, journal: JournalKeeper, jobs: DatabaseJobs?,
        logger: Logger
    ) {
        self.service = service
        self.version = version
        self.journal = journal
        self.jobs = jobs
        self.logger = logger
    }

    private var records: SchemaRecords {
        get async {
            if let known { return known }
            let read = await journal.state().schemas(of: service)
            if let known { return known }
            known = read
            return read
        }
    }

    // MARK: What was seen

    /// The fingerprint that was recorded when exactly these migrations were applied; nil where
    /// nothing was.
    func fingerprint(of applied: [String]) async -> String? {
        await records.fingerprint(of: MigrationStatement.key(set: applied))
    }

    /// The last schema that was seen with something in it; nil where none ever was.
    var lastSeen: JournalRecord.Sighting? { get async { await records.last } }

    /// Whether another schema was recorded for the migrations of this one.
    func isDrift(_ facts: DatabaseFacts) async -> Bool {
        guard let key = facts.keys.first else { return false }
        return await records.fingerprint(of: key).map { $0 != facts.fingerprint } ?? false
    }

    /// Keeps what the gate saw, as far as it is new.
    func see(_ look: Look) async {
        guard !look.facts.isFresh, look.isSwitch || look.facts.isSettled else { return }
        await turn.take()
        await keep(look)
        await turn.give()
    }

    private func keep(_ look: Look) async {
        var (facts, isMatch) = (look.facts, look.isMatch)
        if await self.records.text(of: facts.fingerprint) == nil, look.mayAsk {
            guard let answer = await ask(), answer.facts.isSettled else { return }
            if answer.facts.fingerprint != facts.fingerprint {
                // It was changed meanwhile; what the gate said of it is of before.
                (facts, isMatch) = (answer.facts, false)
            }
            await write(answer)
        }
        let records = await self.records
        let sighting = await sighting(facts, look, isMatch: isMatch)
        let last = records.last
        let isNew =
            look.isSwitch || last?.fingerprint != sighting.fingerprint
            || last?.applied != sighting.applied || last?.traits != sighting.traits
            || sighting.keys.contains { records.fingerprint(of: $0) != sighting.fingerprint }
            || sighting.servedBy.map {
                let served = records.lastServed(by: $0)
                return served?.fingerprint != sighting.fingerprint
                    || served?.traits != sighting.traits
            } ?? false
        if isNew { await append(.sighting(sighting)) }
    }

    private func sighting(
        _ facts: DatabaseFacts, _ look: Look, isMatch: Bool
    ) async -> JournalRecord.Sighting {
        // Who has switched has taken the schema for that of its migrations.
        let drifts = look.isSwitch ? false : await isDrift(facts)
        var keys = drifts ? [] : facts.keys
        if isMatch, !keys.isEmpty, let key = look.statement.key, !keys.contains(key) {
            keys.append(key)
        }
        return JournalRecord.Sighting(
            fingerprint: facts.fingerprint, tool: facts.tool, applied: facts.applied, keys: keys,
            active: look.isSwitch ? look.color : look.active,
            servedBy: await server(look, isMatch: isMatch && !drifts),
            traits: facts.traits.map(JournalRecord.FileTraits.init))
    }

    /// Whose code the schema is that of. A color that states its migrations says so itself; of one
    /// that is not asked only its first moment tells: later changes may be the other color's.
    private func server(_ look: Look, isMatch: Bool) async -> Color? {
        switch look.statement {
        case .known, .latest:
            return isMatch && (look.isSwitch || look.color == look.active) ? look.color : nil
        case .notAsked:
            if look.isSwitch { return look.color }
            return await records.lastServed(by: look.active) == nil ? look.active : nil
        case .nothing:
            return nil
        }
    }

    private func ask() async -> SchemaAnswer? {
        guard let jobs else { return nil }
        switch await jobs.schema() {
        case .schema(let answer): return answer
        case .failed(let reason):
            logger.warning("\(service): the schema is not recorded: \(reason)")
            return nil
        case .gate: return nil
        }
    }

    /// The schema of the database, where it still is this one.
    private func text(of fingerprint: String) async -> String? {
        if let asked, asked.fingerprint == fingerprint { return asked.text }
        guard let answer = await ask(), answer.facts.fingerprint == fingerprint else { return nil }
        asked = (fingerprint, answer.schema)
        return answer.schema
    }

    private func write(_ answer: SchemaAnswer) async {
        guard await records.text(of: answer.facts.fingerprint) == nil else { return }
        let pieces = answer.schema.pieces(bytesMax: Self.pieceBytesMax)
        for (index, text) in pieces.enumerated() {
            let piece = JournalRecord.SchemaPiece(
                fingerprint: answer.facts.fingerprint, index: index, count: pieces.count,
                text: text)
            guard await append(.schema(piece)) else { return }
        }
    }

    @discardableResult
    private func append(_ entry: JournalRecord.Entry) async -> Bool {
        let record = JournalRecord(time: .now, service: service, operation: nil, entry: entry)
        // From here on something is known, and others may add to it while this is written.
        _ = await records
        do {
            try await journal.append(record)
            isJournalBroken = false
        } catch {
            // Tried again with the next look; a switch has its own check of the journal.
            if !isJournalBroken {
                logger.warning("\(service): the schema is not recorded: \(error)")
            }
            isJournalBroken = true
            return false
        }
        known?.apply(record)
        return true
    }

    // MARK: What it means

    /// What has changed since a color last served, as far as its code is concerned. `mayAsk`: the
    /// database may be asked for a schema that is not recorded (yet).
    func difference(
        for color: Color, stating statement: MigrationStatement, on facts: DatabaseFacts,
        mayAsk: Bool = false
    ) async -> SchemaDifference {
        let records = await records
        let base: String?
        switch statement {
        case .known, .latest: base = statement.key.flatMap(records.fingerprint)
        case .notAsked, .nothing: base = records.lastServed(by: color)?.fingerprint
        }
        guard let base else {
            return .unknown("no schema is recorded that \(color.name) was made for")
        }
        // The fingerprint says nothing of these; they are those of the last time that it served.
        let served = records.lastServed(by: color)?.traits?.traits
        if base == facts.fingerprint {
            let changes = Self.changes(from: served, to: facts.traits)
            return changes.isEmpty ? .none : .alike(changes)
        }
        let known = statement.key ?? "color:\(color.name)"
        let certificate = records.certificate(
            known: known, from: base, to: facts.fingerprint, version: version)
        var new = records.text(of: facts.fingerprint)
        if new == nil, mayAsk { new = await text(of: facts.fingerprint) }
        guard let old = records.text(of: base), let new else {
            guard let certificate else {
                return .unknown("the schema that \(color.name) was made for is not kept any more")
            }
            return .changes(
                certificate.findings.compactMap(SchemaDifference.Change.init)
                    + Self.changes(from: served, to: facts.traits))
        }
        guard let compared = await compare(base, old, facts.fingerprint, new) else {
            return .unknown("the record of the schema that \(color.name) was made for is damaged")
        }
        let findings = compared.findings
        if certificate == nil { await certify(known, facts, from: base, findings) }
        let file = Self.changes(
            from: served ?? compared.traits.old, to: facts.traits ?? compared.traits.new)
        // A rehearsal may have found more than the two schemas tell.
        let ids = Set(findings.map(\.id) + file.map(\.id))
        let rehearsed = (certificate?.findings ?? []).filter { !ids.contains($0.id) }
            .compactMap(SchemaDifference.Change.init)
        return .changes(
            (findings.map(SchemaDifference.Change.init) + file + rehearsed)
                .sorted { $0.verdict > $1.verdict })
    }

    private static func changes(
        from old: SchemaTraits?, to new: SchemaTraits?
    ) -> [SchemaDifference.Change] {
        guard let old, let new else { return [] }
        return SchemaComparison.findings(from: old, to: new).map(SchemaDifference.Change.init)
    }

    /// Keeps what a rehearsal found for code of a color that stays behind it.
    func certify(
        _ statement: MigrationStatement, of color: Color, from: String, _ after: DatabaseFacts,
        _ findings: [SchemaFinding]
    ) async {
        await certify(statement.key ?? "color:\(color.name)", after, from: from, findings)
    }

    private func compare(
        _ from: String, _ old: String, _ to: String, _ new: String
    ) async -> Compared? {
        if let compared, compared.from == from, compared.to == to { return compared }
        let logger = logger
        // Thousands of tables take a moment, and no other task is to wait for it.
        let result = await OwnThread.run { () -> Compared? in
            do {
                let (before, after) = (try Schema(text: old), try Schema(text: new))
                var alike = after
                alike.traits = before.traits
                return Compared(
                    from: from, to: to,
                    findings: SchemaComparison.findings(from: before, to: alike),
                    traits: (before.traits, after.traits))
            } catch {
                logger.error("a schema in the journal is not understood: \(error)")
                return nil
            }
        }
        if let result { compared = result }
        return result
    }

    private func certify(
        _ key: String, _ facts: DatabaseFacts, from: String, _ findings: [SchemaFinding]
    ) async {
        await append(
            .certificate(
                JournalRecord.Certificate(
                    known: key, applied: MigrationStatement.key(set: facts.applied), from: from,
                    to: facts.fingerprint, verdict: findings.verdict.rawValue,
                    findings: findings.prefix(SchemaDifference.findingsMax).map {
                        JournalRecord.Certificate.Finding(
                            id: $0.id, verdict: $0.verdict.rawValue, sentence: $0.sentence)
                    }, version: version)))
    }
}

extension DatabaseFacts {
    /// No migration has left a table of its own or half of a schema: what no code was made for is
    /// not remembered. A lock alone changes no schema.
    fileprivate var isSettled: Bool { dirty.allSatisfy { $0.kind == .lockRow } }
}

extension String {
    /// Cut between characters, each piece of at most so many octets of UTF-8.
    func pieces(bytesMax: Int) -> [String] {
        let octets = Array(utf8)
        var pieces: [String] = []
        var start = 0
        repeat {
            var end = min(start + bytesMax, octets.count)
            // An octet 10xxxxxx goes on a character.
            while end < octets.count, octets[end] & 0xc0 == 0x80 { end -= 1 }
            pieces.append(String(decoding: octets[start..<end], as: UTF8.self))
            start = end
        } while start < octets.count
        return pieces
    }
}
