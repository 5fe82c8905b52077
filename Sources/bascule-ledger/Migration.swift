/// One step of the schema, known to the code that needs it.
struct Migration: Hashable, Sendable {
    /// As EF Core names them: UTC time, then a name.
    let id: String
    /// Applied together with the record of it, in one transaction.
    let statements: [String]

    /// All steps, oldest first. A version of the ledger knows the first so many of them.
    static let all = [initial, addBudget, addPayee]

    static let initial = Migration(
        id: "20240115093000_Initial",
        statements: [
            """
            CREATE TABLE "Categories" (
                "Id" INTEGER NOT NULL CONSTRAINT "PK_Categories" PRIMARY KEY AUTOINCREMENT,
                "Name" TEXT NOT NULL)
            """,
            """
            CREATE UNIQUE INDEX "IX_Categories_Name" ON "Categories" ("Name")
            """,
            """
            CREATE TABLE "Transactions" (
                "Id" TEXT NOT NULL CONSTRAINT "PK_Transactions" PRIMARY KEY,
                "CategoryId" INTEGER NOT NULL,
                "AmountCents" INTEGER NOT NULL,
                "Date" TEXT NOT NULL,
                "Note" TEXT NULL,
                CONSTRAINT "FK_Transactions_Categories_CategoryId" FOREIGN KEY ("CategoryId")
                    REFERENCES "Categories" ("Id") ON DELETE RESTRICT)
            """,
            """
            CREATE INDEX "IX_Transactions_Date" ON "Transactions" ("Date")
            """,
            """
            CREATE INDEX "IX_Transactions_CategoryId" ON "Transactions" ("CategoryId")
            """,
        ])

    /// Additive: code of level 1 names its columns and never notices.
    static let addBudget = Migration(
        id: "20240220141500_AddBudget",
        statements: [#"ALTER TABLE "Categories" ADD "MonthlyBudgetCents" INTEGER NULL"#])

    /// Additive as well.
    static let addPayee = Migration(
        id: "20240312081000_AddPayee",
        statements: [
            #"ALTER TABLE "Transactions" ADD "Payee" TEXT NULL"#,
            #"CREATE INDEX "IX_Transactions_Payee" ON "Transactions" ("Payee")"#,
        ])
}

extension [Migration] {
    /// What a version of this level knows, oldest first.
    static func known(level: Int) -> [Migration] { Array(Migration.all.prefix(level)) }
}
