internal import GRDB
internal import HTTPTypes
internal import Hummingbird

/// A stretch of the transactions, newest day first.
struct TransactionPage: ResponseEncodable, Sendable {
    let items: [Transaction]
    /// How many there are in all pages.
    let total: Int
    let limit: Int
    let offset: Int

    /// What is asked for.
    struct Query: Sendable {
        /// Items of a page at most, and without a `limit`.
        static let limitMax = 500
        static let limitUnstated = 50

        let category: Int?
        let month: Month?
        let limit: Int
        let offset: Int

        /// Throws a `Problem` of status 400.
        init(_ request: Request) throws {
            category = try request.number("category_id", in: 1...Int.max)
            month = try request.uri.queryParameters["month"].map { try Month(asked: $0) }
            limit = try request.number("limit", in: 1...Self.limitMax) ?? Self.limitUnstated
            offset = try request.number("offset", in: 0...Int(Int32.max)) ?? 0
        }
    }

    static func read(_ database: Database, _ query: Query, level: Int) throws -> TransactionPage {
        var conditions: [String] = []
        var values: [any DatabaseValueConvertible] = []
        if let category = query.category {
            conditions.append(#""CategoryId" = ?"#)
            values.append(category)
        }
        if let month = query.month {
            conditions.append(#""Date" BETWEEN ? AND ?"#)
            values += [month.firstDay, month.lastDay] as [String]
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let total =
            try Int.fetchOne(
                database, sql: #"SELECT COUNT(*) FROM "Transactions" \#(filter)"#,
                arguments: StatementArguments(values)) ?? 0
        let items = try Row.fetchAll(
            database,
            sql: """
                SELECT \(Transaction.columns(level: level)) FROM "Transactions" \(filter)
                ORDER BY "Date" DESC, "Id" LIMIT ? OFFSET ?
                """, arguments: StatementArguments(values + [query.limit, query.offset])
        ).map(Transaction.init)
        return TransactionPage(
            items: items, total: total, limit: query.limit, offset: query.offset)
    }
}
