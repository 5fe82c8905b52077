/// The body of `lint`.
public struct LintBody: RequestBody, Hashable {
    /// Of a file of statements, in octets of UTF-8: what generated scripts of a few hundred
    /// migrations with their data have, and little enough for one message to the controller.
    public static let sqlBytesMax = 4 << 20

    /// The statements.
    public var sql: String
    /// What the file is called, for the answer; nil where there is none.
    public var file: String?

    public init(sql: String, file: String? = nil) {
        self.sql = sql
        self.file = file
    }

    public enum CodingKeys: String, CodingKey, CaseIterable { case sql, file }

    public static var fields: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// The answer to `lint`: what the statements would do to the code that serves now.
public struct LintAnswer: Hashable, Sendable {
    /// What the statements were tried on.
    public enum Copy: String, Codable, Hashable, Sendable {
        /// A copy of everything.
        case rows
        /// The same tables without a row: constraints on data were not tried.
        case schema
    }

    public var service: String
    public var file: String?
    /// Every statement ran, and nothing is `break`.
    public var passed: Bool
    /// The worst of the findings: `safe`, `warn` or `break`; nil where a statement failed.
    public var verdict: String?
    public var copy: Copy
    /// How many statements ran.
    public var statements: Int
    /// The worst first; those after the hundredth are counted by `more`.
    public var findings: [CheckFinding]
    public var more: Int
    /// The statement that failed; nil where none did.
    public var problem: LintProblem?

    public init(
        service: String, file: String?, passed: Bool, verdict: String?, copy: Copy,
        statements: Int, findings: [CheckFinding], more: Int, problem: LintProblem?
    ) {
        self.service = service
        self.file = file
        self.passed = passed
        self.verdict = verdict
        self.copy = copy
        self.statements = statements
        self.findings = findings
        self.more = more
        self.problem = problem
    }
}

extension LintAnswer: Codable {}

/// A statement that failed, and where it stands.
public struct LintProblem: Error, Codable, Hashable, Sendable {
    /// From 1.
    public var line: Int
    /// From 1, in octets.
    public var column: Int
    /// From 0, in octets.
    public var offset: Int
    /// In SQLite's words.
    public var message: String
    /// The beginning of the statement, on one line.
    public var statement: String

    public static let statementBytesMax = 120

    /// `offset`: where the failure is, `start`: where its statement begins; `end`: right behind its
    /// last octet, nil for the end of `sql`.
    public init(in sql: [UInt8], start: Int, end: Int? = nil, offset: Int, message: String) {
        let before = sql.prefix(offset)
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        column = offset - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
        self.offset = offset
        self.message = message
        let first = min(start, sql.count)
        let rest = sql[first..<max(first, min(end ?? sql.count, sql.count))]
            .prefix(Self.statementBytesMax)
        statement = String(decoding: rest, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
