import Board
import Switchover

@testable import SharedDatabase

/// What the world outside says when it is asked, and how it fails.
struct Surroundings {
    private static let known: UInt8 = 0b011

    var isHealthy = [true, true]
    /// Whether so many of a color's answers fail that a watch has to see it.
    var isFailing = [false, false]
    /// Sets of migrations: in the database, and known to each color.
    var applied = Self.known
    var known = [Self.known, Self.known]
    /// A migration left something behind.
    var isDirty = false
    /// Older code survives what newer migrations changed.
    var isCertified = false

    mutating func migrate(_ seed: inout Seed) {
        known[seed.below(2)] = seed.isOne(in: 2) ? Self.known : UInt8(seed.below(8))
        if seed.isOne(in: 2) { applied = UInt8(seed.below(8)) }
        if seed.isOne(in: 4) { isDirty.toggle() }
        if seed.isOne(in: 4) { isCertified.toggle() }
    }

    func passes(_ color: Color) -> Bool {
        let index = Int(color.rawValue)
        guard isHealthy[index] else { return false }
        let verdict = SimulatedGate.verdict(applied, known[index], isDirty: isDirty)
        return verdict.passes(isFirstDeploy: false) || verdict == .databaseAhead && isCertified
    }

    /// By sets alone, and told apart from the gate: whether the color's code runs on the database.
    func fits(_ color: Color) -> Bool {
        let known = known[Int(color.rawValue)]
        // Older code knows none of what is newer than all that it knows.
        let newer = applied & ~known
        let isAhead = applied & known == known && newer & (~newer &+ 1) > known
        return !isDirty && known != 0 && applied != 0
            && (applied == known || isAhead && isCertified)
    }

    /// What a watch counts of a color.
    func answers(_ color: Color, _ seed: inout Seed) -> AnswerCount {
        let answers = seed.below(60)
        return AnswerCount(
            answers: answers, failures: isFailing[Int(color.rawValue)] ? answers / 3 : 0)
    }
}

/// The verdicts of the real `GateJudge` on every set of three migrations, asked once.
enum SimulatedGate {
    private static let names = ["20240101000000_A", "20240202000000_B", "20240303000000_C"]
    private static let table: [GateVerdict] = (0..<128).map { index in
        judged(applied: ids(index & 7), known: ids(index >> 3 & 7), isDirty: index >> 6 == 1)
    }

    static func verdict(_ applied: UInt8, _ known: UInt8, isDirty: Bool) -> GateVerdict {
        table[Int(applied) | Int(known) << 3 | (isDirty ? 64 : 0)]
    }

    private static func ids(_ set: Int) -> [String] {
        names.enumerated().filter { set >> $0.offset & 1 == 1 }.map(\.element)
    }

    private static func judged(
        applied: [String], known: [String], isDirty: Bool
    ) -> GateVerdict {
        let marker = DirtyMarker(.lockRow, name: "__EFMigrationsLock")
        let facts = DatabaseFacts(
            tool: "efcore", found: ["efcore"], applied: applied, appliedCount: applied.count,
            dirty: isDirty ? [marker] : [], fingerprint: "", tableCount: 3, schemaVersion: 1,
            sqliteVersion: "3.51.3", journalMode: "wal", pageBytes: 4096, pageCount: 1,
            freePageCount: 0)
        let stated = MigrationStatement.known(ids: known)
        return GateJudge.judge(facts, GateRequest(stated: stated), path: "app.db").verdict
    }
}
