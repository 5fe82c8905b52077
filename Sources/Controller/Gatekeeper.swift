internal import Board
internal import Control
internal import Journal
internal import Kernel
internal import Settings
internal import SharedDatabase

/// The gate of one service: what its database and a color's targets say together.
actor Gatekeeper {
    /// An answer for `status` may be this old: people and health checks ask often.
    static let cacheNanoseconds: UInt64 = 1_000_000_000

    /// nil where the service has no SQLite database.
    private let jobs: DatabaseJobs?
    private let path: String?
    /// The tool that the configuration names; nil: found by itself.
    private let tool: String?
    /// nil where nothing is remembered of earlier schemas.
    private let memory: SchemaMemory?
    /// Of the last preflight: the file must not be another one when its switch comes.
    private var preflightFile: FileIdentity?
    /// The last looks, newest last, one for each statement that was compared: an answer says
    /// nothing of another statement.
    private var looks: [(stated: MigrationStatement, answer: DatabaseAnswer, time: Instant)] = []
    /// Two colors, each before and after it was started anew, and a little more.
    private static let looksMax = 8
    /// Of the last gate that could read the database; for metrics.
    private(set) var lastFacts: (facts: DatabaseFacts, file: FileIdentity?)?

    init(
        settings: DatabaseSettings?, jobs: DatabaseJobs, memory: SchemaMemory? = nil
    ) {
        self.memory = memory
        tool = settings.flatMap { $0.migrations == .auto ? nil : $0.migrations.rawValue }
        switch settings?.engine {
        case .sqlite(let path):
            self.path = path
            self.jobs = jobs
        case .postgres, nil:
            path = nil
            self.jobs = nil
        }
    }

    /// Whether there is a database to look at.
    nonisolated var hasDatabase: Bool { path != nil }

    /// Starts its process ahead.
    func prepare() async { await jobs?.prepare() }

    /// The checks `database` and `migrations` of a switch to a color that states this, and what
    /// they were made of; no answer without a database.
    ///
    /// `isFirstDeploy`: nobody has decided on a color yet. `isVerify`: within the hold, after the
    /// preflight of the same switch.
    func checks(
        _ request: GateRequest, isFirstDeploy: Bool, isVerify: Bool
    ) async -> (checks: [Check], answer: DatabaseAnswer?) {
        guard let jobs else {
            let checks: [Check] = [
                Check(name: .migrations, state: .skipped, saw: "no SQLite database is configured"),
                Check(name: .database, state: .skipped, saw: "no SQLite database is configured"),
            ]
            return (checks, nil)
        }
        var request = request
        request.tool = tool
        request.looksForLostFiles = !isVerify
        if isVerify, let before = preflightFile {
            request.files.append(
                StatedFile(
                    who: "the preflight of this switch", device: before.device,
                    inode: before.inode))
        }
        let answer = await remembered(await jobs.gate(request))
        remember(request.stated, answer)
        guard case .gate(let gate) = answer else { return (Self.failure(answer), answer) }
        if !isVerify { preflightFile = gate.file }
        let seen = await memory?.lastSeen
        return (Self.checks(gate.losing(seen), isFirstDeploy: isFirstDeploy), answer)
    }

    /// The gate's answer of now; nil without a database. `isPassing`: nothing is decided by it,
    /// and whoever asks next is not to wait for a lock twice.
    func look(_ stated: MigrationStatement, isPassing: Bool = false) async -> DatabaseAnswer? {
        guard let jobs else { return nil }
        var request = GateRequest(stated: stated, tool: tool)
        if isPassing { request.waitMilliseconds = GateRequest.passingMilliseconds }
        let answer = await remembered(await jobs.gate(request))
        remember(stated, answer)
        return answer
    }

    /// The database was changed: what was seen before is forgotten, and this asked anew.
    func renew(_ stated: MigrationStatement) async {
        looks = []
        _ = await look(stated, isPassing: true)
    }

    /// For `status`: an answer about this very statement that is at most so old, unless a later
    /// look saw another schema. `isBusy`: an operation has the database's process, and the answer
    /// may be of any age.
    func glance(
        _ stated: MigrationStatement, isBusy: Bool, ageNanosecondsMax: UInt64 = cacheNanoseconds
    ) async -> DatabaseAnswer? {
        guard hasDatabase else { return nil }
        if let last = looks.last(where: { $0.stated == stated }), isOfNow(last.answer),
            isBusy || Instant.now.nanoseconds(since: last.time) < ageNanosecondsMax
        {
            return last.answer
        }
        return isBusy
            ? .failed(reason: "an operation goes on") : await look(stated, isPassing: true)
    }

    /// Whether nobody has seen another schema since.
    private func isOfNow(_ answer: DatabaseAnswer) -> Bool {
        guard case .gate(let gate) = answer else { return true }
        return gate.database?.fingerprint == lastFacts?.facts.fingerprint
            && gate.database?.applied == lastFacts?.facts.applied
    }

    /// The last answer about this statement; nil where none is kept.
    func lastAnswer(about stated: MigrationStatement) -> DatabaseAnswer? {
        looks.last { $0.stated == stated }?.answer
    }

    /// The last answer, whatever was asked: what the file was like, but nothing of a color.
    var newest: DatabaseAnswer? { looks.last?.answer }

    private func remembered(_ answer: DatabaseAnswer) async -> DatabaseAnswer {
        guard case .gate(let gate) = answer else { return answer }
        return .gate(answer: await gate.remembering(memory))
    }

    func status(_ answer: DatabaseAnswer?) -> DatabaseStatus? {
        guard let path else { return nil }
        switch answer {
        case .gate(let answer):
            guard let facts = answer.database else {
                return DatabaseStatus(
                    path: path, migrations: nil, bytes: answer.file?.bytes, problem: answer.saw)
            }
            let migrations = facts.tool.map {
                MigrationStatus(tool: $0, latest: facts.latest, count: facts.appliedCount)
            }
            return DatabaseStatus(
                path: path, migrations: migrations, bytes: answer.file?.bytes,
                problem: facts.dirty.isEmpty ? nil : answer.saw)
        case .failed(let reason):
            return DatabaseStatus(path: path, migrations: nil, bytes: nil, problem: reason)
        case .schema, nil:
            return nil
        }
    }

    private func remember(_ stated: MigrationStatement, _ answer: DatabaseAnswer) {
        looks.removeAll { $0.stated == stated }
        looks.append((stated, answer, .now))
        if looks.count > Self.looksMax { looks.removeFirst() }
        if case .gate(let gate) = answer, let facts = gate.database {
            lastFacts = (facts, gate.file)
        }
    }

    private static func failure(_ answer: DatabaseAnswer) -> [Check] {
        guard case .failed(let reason) = answer else { return [] }
        return [
            Check(
                name: .migrations, state: .refused, saw: "the gate could not look: \(reason)",
                expected: "an answer of the gate",
                hint: "run the command again; the log of bascule says more"),
            Check(name: .database, state: .skipped, saw: "the gate could not look"),
        ]
    }

    private static func checks(_ gate: GateAnswer, isFirstDeploy: Bool) -> [Check] {
        let hint = gate.hint.isEmpty ? nil : gate.hint
        switch gate.verdict {
        case .locked, .split, .corrupt, .unreadable:
            return [
                Check(
                    name: .database, state: .refused, verdict: gate.verdict.rawValue,
                    saw: gate.saw, expected: gate.expected, hint: hint),
                Check(
                    name: .migrations, state: .skipped,
                    saw: "not compared: the database is \(gate.verdict.rawValue)"),
            ]
        case .match, .fresh, .databaseBehind, .databaseAhead, .outOfOrder, .diverged, .drift,
            .dirty, .unstated, .unmanaged, .unbaselined, .ambiguous:
            let passes = gate.verdict.passes(isFirstDeploy: isFirstDeploy)
            return [
                Check(
                    name: .database, state: .passed,
                    saw: gate.database.map { "readable, journal mode \($0.journalMode)" }),
                Check(
                    name: .migrations, state: passes ? .passed : .refused,
                    verdict: gate.verdict.rawValue, saw: gate.saw, expected: gate.expected,
                    hint: passes ? nil : hint),
            ]
        }
    }
}
