import GRDB
import Testing

@testable import SharedDatabase

/// A change of schema that is really made, and a statement of the older code that is really run.
struct SchemaCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        case works
        case fails
        /// Nothing of the older code is run.
        case untold
    }

    let name: String
    /// Makes the older schema.
    let old: String
    /// Makes the newer one out of it.
    let change: String
    /// `id verdict` of everything that must be found, in any order.
    let finds: Set<String>
    /// What older code does, which worked on the older schema.
    let statement: String
    /// What becomes of it on the newer one.
    let outcome: Outcome

    init(
        _ name: String, old: String, change: String, finds: Set<String>,
        _ outcome: Outcome = .untold, _ statement: String = "SELECT 1"
    ) {
        self.name = name
        self.old = old
        self.change = change
        self.finds = finds
        self.outcome = outcome
        self.statement = statement
    }

    var testDescription: String { name }

    func check() throws {
        let scratch = try Scratch()
        try Self.execute(old, scratch.path)
        let before = try Self.schema(scratch.path)
        #expect(SchemaComparison.findings(from: before, to: before).isEmpty)
        #expect(try Self.outcome(of: statement, scratch.path), "it has to work before the change")
        try Self.execute(change, scratch.path)
        let after = try Self.schema(scratch.path)
        let findings = SchemaComparison.findings(from: before, to: after)
        let shown = findings.map { "\($0.id) \($0.verdict.rawValue)" }
        #expect(Set(shown) == finds, "\(findings.map(\.sentence))")
        #expect(findings.allSatisfy { ($0.verdict == .safe) == $0.remedy.isEmpty })
        switch outcome {
        case .works: #expect(try Self.outcome(of: statement, scratch.path))
        case .fails: #expect(try !Self.outcome(of: statement, scratch.path))
        case .untold: break
        }
    }

    /// As the role `database` reads it, by way of its text.
    static func schema(_ path: String) throws -> Schema {
        guard case .schema(let answer) = SchemaReader.answer(path: path) else {
            throw DatabaseError(message: "\(SchemaReader.answer(path: path))")
        }
        let schema = try Schema(text: answer.schema)
        #expect(schema.fingerprint == answer.facts.fingerprint)
        return schema
    }

    static func execute(_ sql: String, _ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF;" + sql)
        }
        try queue.close()
    }

    /// Whether it works, tried in a transaction that is taken back.
    private static func outcome(of statement: String, _ path: String) throws -> Bool {
        var configuration = Configuration()
        // As SQLite is built nearly everywhere.
        configuration.acceptsDoubleQuotedStringLiterals = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        var works = true
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = ON; BEGIN")
            do {
                // As a type-safe reader would: each value as text, no column guessed.
                try database.execute(sql: statement)
            } catch is DatabaseError {
                works = false
            }
            try database.execute(sql: "ROLLBACK")
        }
        try queue.close()
        return works
    }
}
