/// A command that replays EF Core's rebuild of a table on SQLite as its migrations do it: two
/// transactions, with a place between them at which a write of the running color is lost
/// (`Microsoft.EntityFrameworkCore.Sqlite`, since `PRAGMA foreign_keys` ends the transaction).
///
/// At its point it makes the file `at` and does what it is told to.
struct DeployScript {
    enum Point: String, CaseIterable, Sendable {
        case before, between, after
    }

    enum Act: String, CaseIterable, Sendable {
        /// Goes on once there is a file `go`.
        case waits
        case fails
        /// Dies of SIGKILL.
        case dies
        case none

        var text: String {
            switch self {
            case .waits: "n=0; while [ ! -e go ] && [ $((n += 1)) -lt 12000 ]; do sleep 0.005; done"
            case .fails: "exit 9"
            case .dies: "kill -9 $$"
            case .none: ":"
            }
        }
    }

    var point = Point.between
    var act = Act.none
    /// Also a new migration: otherwise the table becomes what it was.
    var addsPayee = true

    /// For `sh`, in the stage's folder.
    var text: String {
        let stop = "touch at; \(act.text)"
        return [
            "cd '%FOLDER%'",
            point == .before ? stop : "",
            Self.run(first),
            point == .between ? stop : "",
            Self.run(second),
            point == .after ? stop : "",
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func run(_ sql: String) -> String {
        "sqlite3 -bail -cmd '.timeout 8000' ledger.db <<'SQL' || exit 8\n\(sql)\nSQL"
    }

    private var first: String {
        let payee = addsPayee ? ",\n    \"Payee\" TEXT NULL" : ""
        let old = #""Id", "CategoryId", "AmountCents", "Date", "Note""#
        return """
            BEGIN IMMEDIATE;
            CREATE TABLE "ef_temp_Transactions" (
                "Id" TEXT NOT NULL CONSTRAINT "PK_Transactions" PRIMARY KEY,
                "CategoryId" INTEGER NOT NULL,
                "AmountCents" INTEGER NOT NULL,
                "Date" TEXT NOT NULL,
                "Note" TEXT NULL\(payee),
                CONSTRAINT "FK_Transactions_Categories_CategoryId" FOREIGN KEY ("CategoryId")
                    REFERENCES "Categories" ("Id") ON DELETE RESTRICT);
            INSERT INTO "ef_temp_Transactions" (\(old)) SELECT \(old) FROM "Transactions";
            COMMIT;
            """
    }

    private var second: String {
        let payee =
            #"CREATE INDEX "IX_Transactions_Payee" ON "Transactions" ("Payee");"# + "\n"
            + #"INSERT INTO "__EFMigrationsHistory" VALUES "#
            + "('20240312081000_AddPayee', '9.0.0');"
        return """
            PRAGMA foreign_keys = 0;
            BEGIN IMMEDIATE;
            DROP TABLE "Transactions";
            ALTER TABLE "ef_temp_Transactions" RENAME TO "Transactions";
            CREATE INDEX "IX_Transactions_Date" ON "Transactions" ("Date");
            CREATE INDEX "IX_Transactions_CategoryId" ON "Transactions" ("CategoryId");
            \(addsPayee ? payee : "")
            COMMIT;
            """
    }
}
