internal import GRDB
internal import Hummingbird

/// What a month came to, category by category.
struct MonthlyReport: ResponseEncodable, Sendable {
    struct Line: Encodable, Sendable {
        let categoryId: Int64
        let name: String
        let count: Int
        let totalCents: Int
        /// From schema level 2 on; absent without one.
        let monthlyBudgetCents: Int?
    }

    let month: String
    let count: Int
    let totalCents: Int
    /// Those with a transaction in the month, by name.
    let categories: [Line]

    static func read(_ database: Database, _ month: Month, level: Int) throws -> MonthlyReport {
        let budget = level >= 2 ? #"c."MonthlyBudgetCents""# : "NULL"
        let lines = try Row.fetchAll(
            database,
            sql: """
                SELECT c."Id", c."Name", \(budget), COUNT(*), SUM(t."AmountCents")
                FROM "Transactions" t JOIN "Categories" c ON c."Id" = t."CategoryId"
                WHERE t."Date" BETWEEN ? AND ?
                GROUP BY c."Id" ORDER BY c."Name"
                """, arguments: [month.firstDay, month.lastDay]
        ).map { row in
            Line(
                categoryId: row[0], name: row[1], count: row[3], totalCents: row[4],
                monthlyBudgetCents: row[2])
        }
        return MonthlyReport(
            month: month.description, count: lines.reduce(0) { $0 + $1.count },
            totalCents: lines.reduce(0) { $0 + $1.totalCents }, categories: lines)
    }
}
