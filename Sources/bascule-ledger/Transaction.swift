internal import Foundation
internal import GRDB
internal import HTTPTypes
internal import Hummingbird

/// Money that came or went on a day.
struct Transaction: ResponseEncodable, Sendable {
    /// Longest note or payee, in characters.
    static let textMax = 500
    /// Longest id, in characters.
    static let idMax = 64

    let id: String
    let categoryId: Int64
    /// In cents: below 0 spent, above 0 earned.
    let amountCents: Int
    /// `2026-01-15`.
    let date: String
    let note: String?
    /// From schema level 3 on; absent without one.
    let payee: String?

    init(_ row: Row) {
        id = row["Id"]
        categoryId = row["CategoryId"]
        amountCents = row["AmountCents"]
        date = row["Date"]
        note = row["Note"]
        payee = row.hasColumn("Payee") ? row["Payee"] : nil
    }

    /// As a client sends it; with an id of its own, a repetition is found out.
    struct Draft: Decodable, Sendable {
        let id: String?
        let categoryId: Int64
        let amountCents: Int
        let date: String
        let note: String?
        let payee: String?

        /// Throws a `Problem` of status 422.
        func validate(level: Int) throws {
            func demand(_ condition: Bool, _ sentence: String) throws {
                if !condition { throw Problem(.unprocessableContent, sentence) }
            }
            if let id {
                try demand(
                    (1...Transaction.idMax).contains(id.utf8.count)
                        && id.utf8.allSatisfy(Transaction.isIDOctet),
                    "`id` has 1 to \(Transaction.idMax) letters, digits, `-`, `_` or `.`")
            }
            try demand(
                amountCents != 0 && (-Category.centsMax...Category.centsMax).contains(amountCents),
                "`amount_cents` is not 0 and at most \(Category.centsMax) either way")
            try demand(Day(date) != nil, "`date` is a day such as 2026-01-15")
            for (name, text) in [("note", note), ("payee", payee)] {
                guard let text else { continue }
                try demand(
                    text.count <= Transaction.textMax && !text.hasControls,
                    "`\(name)` has at most \(Transaction.textMax) characters, none of control")
            }
            try demand(payee == nil || level >= 3, "this version does not know `payee`")
        }
    }

    /// Throws a `Problem`: 422 for an unknown category, 409 for an id that is taken.
    static func create(_ database: Database, _ draft: Draft, level: Int) throws -> Transaction {
        guard try Category.find(database, id: draft.categoryId, level: level) != nil else {
            throw Problem(.unprocessableContent, "there is no category \(draft.categoryId)")
        }
        let id = draft.id ?? UUID().uuidString.lowercased()
        do {
            try database.execute(
                sql: """
                    INSERT INTO "Transactions" ("Id", "CategoryId", "AmountCents", "Date", "Note")
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [id, draft.categoryId, draft.amountCents, draft.date, draft.note])
        } catch let error as DatabaseError where error.isDuplicate {
            throw Problem(.conflict, "there is a transaction `\(id)` already")
        }
        if level >= 3, let payee = draft.payee {
            try database.execute(
                sql: #"UPDATE "Transactions" SET "Payee" = ? WHERE "Id" = ?"#,
                arguments: [payee, id])
        }
        guard let transaction = try find(database, id: id, level: level) else {
            throw Problem(.internalServerError, "the new transaction cannot be read")
        }
        return transaction
    }

    static func find(_ database: Database, id: String, level: Int) throws -> Transaction? {
        try Row.fetchOne(
            database, sql: #"SELECT \#(columns(level: level)) FROM "Transactions" WHERE "Id" = ?"#,
            arguments: [id]
        ).map(Transaction.init)
    }

    /// Whether there was one.
    static func delete(_ database: Database, id: String) throws -> Bool {
        try database.execute(sql: #"DELETE FROM "Transactions" WHERE "Id" = ?"#, arguments: [id])
        return database.changesCount == 1
    }

    static func columns(level: Int) -> String {
        #""Id", "CategoryId", "AmountCents", "Date", "Note""# + (level >= 3 ? #", "Payee""# : "")
    }

    private static func isIDOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
