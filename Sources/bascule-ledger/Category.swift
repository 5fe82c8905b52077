internal import GRDB
internal import HTTPTypes
internal import Hummingbird

/// What transactions are sorted by: Rent, Food.
struct Category: ResponseEncodable, Sendable {
    /// Longest name, in characters.
    static let nameMax = 100
    /// Largest amount, in cents: a hundred million in the currency's unit. Sums of it stay far
    /// below what 64 bits hold.
    static let centsMax = 10_000_000_000

    let id: Int64
    let name: String
    /// From schema level 2 on; absent without one.
    let monthlyBudgetCents: Int?

    /// As a client sends it.
    struct Draft: Decodable, Sendable {
        let name: String
        let monthlyBudgetCents: Int?

        /// The draft with its spaces trimmed; throws a `Problem` of status 422.
        func validated(level: Int) throws -> Draft {
            let name = name.trimmed
            guard !name.isEmpty, name.count <= Category.nameMax else {
                throw Problem(
                    .unprocessableContent, "`name` has 1 to \(Category.nameMax) characters")
            }
            guard !name.hasControls else {
                throw Problem(.unprocessableContent, "`name` has no control characters")
            }
            if let cents = monthlyBudgetCents {
                guard level >= 2 else {
                    throw Problem(
                        .unprocessableContent, "this version does not know `monthly_budget_cents`")
                }
                guard (0...Category.centsMax).contains(cents) else {
                    throw Problem(
                        .unprocessableContent,
                        "`monthly_budget_cents` goes from 0 to \(Category.centsMax)")
                }
            }
            return Draft(name: name, monthlyBudgetCents: monthlyBudgetCents)
        }
    }

    init(_ row: Row) {
        id = row["Id"]
        name = row["Name"]
        monthlyBudgetCents = row.hasColumn("MonthlyBudgetCents") ? row["MonthlyBudgetCents"] : nil
    }

    /// Names its columns, so that columns of newer levels do not matter.
    static func columns(level: Int) -> String {
        level >= 2 ? #""Id", "Name", "MonthlyBudgetCents""# : #""Id", "Name""#
    }

    static func all(_ database: Database, level: Int) throws -> [Category] {
        try Row.fetchAll(
            database, sql: #"SELECT \#(columns(level: level)) FROM "Categories" ORDER BY "Name""#
        ).map(Category.init)
    }

    static func find(_ database: Database, id: Int64, level: Int) throws -> Category? {
        try Row.fetchOne(
            database, sql: #"SELECT \#(columns(level: level)) FROM "Categories" WHERE "Id" = ?"#,
            arguments: [id]
        ).map(Category.init)
    }

    /// Throws a `Problem` of status 409 where the name is taken.
    static func create(_ database: Database, _ draft: Draft, level: Int) throws -> Category {
        do {
            if level >= 2 {
                try database.execute(
                    sql: #"INSERT INTO "Categories" ("Name", "MonthlyBudgetCents") VALUES (?, ?)"#,
                    arguments: [draft.name, draft.monthlyBudgetCents])
            } else {
                try database.execute(
                    sql: #"INSERT INTO "Categories" ("Name") VALUES (?)"#, arguments: [draft.name])
            }
        } catch let error as DatabaseError where error.isDuplicate {
            throw Problem(.conflict, "there is a category `\(draft.name)` already")
        }
        guard
            let category = try find(database, id: database.lastInsertedRowID, level: level)
        else { throw Problem(.internalServerError, "the new category cannot be read") }
        return category
    }
}

extension DatabaseError {
    /// A UNIQUE or PRIMARY KEY constraint refused the row.
    var isDuplicate: Bool {
        extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
            || extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    var hasControls: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
