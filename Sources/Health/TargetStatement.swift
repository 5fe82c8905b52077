internal import Control
public import Settings

/// What a target states about itself and the shared database, taken from a probe's answer.
public struct TargetStatement: Hashable, Sendable {
    public var migrations: StatedMigrations
    /// Migrations that it has still to apply, by its own word.
    public var pending: [String] = []
    /// It is migrating now, by its own word.
    public var isMigrating = false
    /// The version of its SQLite library: `3.51.3`.
    public var sqlite: String?
    /// The journal mode that it sees: `wal`.
    public var journal: String?
    /// The numbers of the file that it holds (stat(2)).
    public var device: UInt64?
    public var inode: UInt64?

    public init(migrations: StatedMigrations) { self.migrations = migrations }

    /// `expectation`: nil where the service has no `database.expect`. What files and commands say
    /// is not in a probe's answer: `.nothing` until `StatedText` is asked.
    public init(_ answer: ProbeAnswer?, expectation: Expectation?) {
        guard let expectation else {
            self.init(migrations: .notAsked)
            return
        }
        guard let answer, case .answered(let status, let fields, let body) = answer.result else {
            self.init(migrations: .nothing(reason: answer?.message ?? "it was not probed yet"))
            return
        }
        guard answer.isPassed else {
            self.init(migrations: .nothing(reason: "its health answer was \(status)"))
            return
        }
        let document = HealthDocument(body)
        switch expectation {
        case .healthField(let name):
            self.init(migrations: document.migrations(field: name))
        case .header(let name):
            self.init(migrations: Self.inFields(fields, name: name))
        case .file(let path):
            self.init(migrations: .nothing(reason: "\(path) was not read yet"))
        case .command:
            self.init(migrations: .nothing(reason: "its command was not run yet"))
        }
        take(document)
    }

    /// What an application may say beside its migrations, whoever states these.
    private mutating func take(_ document: HealthDocument) {
        pending = document.first("pending")?.array?.compactMap(HealthDocument.name) ?? []
        if let found = document.flywayPending { pending += found }
        isMigrating = document.first("migrating") == .bool(true)
        sqlite = document.first("sqlite")?.string
        journal = document.first("journal")?.string
        device = document.first("dbDev")?.fileNumber
        inode = document.first("dbIno")?.fileNumber
    }

    private static func inFields(_ fields: [ProbeAnswer.Field], name: String) -> StatedMigrations {
        let wanted = name.lowercased()
        guard let value = fields.first(where: { $0.name == wanted })?.value, !value.isEmpty else {
            return .nothing(reason: "its health answer has no header `\(name)`")
        }
        return .latest(value)
    }
}

extension JSONValue {
    /// JavaScript writes large integers as text.
    fileprivate var fileNumber: UInt64? {
        switch self {
        case .integer(let number): UInt64(exactly: number)
        case .string(let text): UInt64(text)
        case .null, .bool, .number, .array, .object: nil
        }
    }
}
