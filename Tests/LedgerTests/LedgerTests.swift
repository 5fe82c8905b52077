import Foundation
import GRDB
import Kernel
import LoadClient
import Testing

@testable import bascule_ledger

@Suite("The ledger, as a process", .timeLimit(.minutes(2)))
struct LedgerTests {
    private static let ids = [
        "20240115093000_Initial", "20240220141500_AddBudget", "20240312081000_AddPayee",
    ]

    private func rows(_ sql: String, in path: String) throws -> [String] {
        try DatabaseQueue(path: path).read { try String.fetchAll($0, sql: sql) }
    }

    @Test("Migrations stand in the history as EF Core writes it, and the lock is let go")
    func history() throws {
        let bench = try LedgerBench()
        try bench.start("blue", level: 2).awaitHealthy()
        let history = #"SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY 1"#
        #expect(try rows(history, in: bench.database) == Array(Self.ids.prefix(2)))
        #expect(
            try rows(#"SELECT "Timestamp" FROM "__EFMigrationsLock""#, in: bench.database) == [])
        try bench.start("green", level: 3).awaitHealthy()
        #expect(try rows(history, in: bench.database) == Self.ids)
    }

    @Test("Health tells all migrations that the code knows, applied or not")
    func health() throws {
        let bench = try LedgerBench()
        try bench.start("blue", level: 1).awaitHealthy()
        let green = try bench.start("green", level: 2, migrates: false)
        try green.awaitHealthy()
        let health = try green.get("/health").object()
        #expect(health["status"] as? String == "Healthy")
        #expect(health["migration"] as? String == Self.ids[1])
        #expect(health["migrations"] as? [String] == Array(Self.ids.prefix(2)))
        #expect(health["color"] as? String == "green")
        #expect(health["pid"] as? Int == Int(green.program.pid))
    }

    @Test("While another process migrates, health is 503 and no request is served")
    func starting() throws {
        let bench = try LedgerBench()
        try bench.start("blue", level: 1).awaitHealthy()
        let queue = try DatabaseQueue(path: bench.database)
        try queue.write {
            try $0.execute(sql: #"INSERT INTO "__EFMigrationsLock" VALUES (1, datetime('now'))"#)
        }
        let green = try bench.start("green", level: 2)
        let health = try green.get("/health")
        #expect(health.status == 503)
        #expect(try health.object()["status"] as? String == "Starting")
        #expect(try green.get("/categories").status == 503)
        try queue.write { try $0.execute(sql: #"DELETE FROM "__EFMigrationsLock""#) }
        try green.awaitHealthy()
        #expect(try green.get("/categories").status == 200)
    }

    @Test("Code of the first level works on a schema of the last, and the other way about")
    func levels() throws {
        let bench = try LedgerBench()
        let blue = try bench.start("blue", level: 1)
        try blue.awaitHealthy()
        let green = try bench.start("green", level: 3)
        try green.awaitHealthy()
        let budget = #"{"name":"Rent","monthly_budget_cents":90000}"#
        #expect(try blue.send("POST", "/categories", budget).status == 422)
        #expect(try green.send("POST", "/categories", budget).status == 201)
        let paid =
            #"{"id":"g","category_id":1,"amount_cents":-1,"date":"2026-02-28","payee":"Ann"}"#
        #expect(try blue.send("POST", "/transactions", paid).status == 422)
        #expect(try green.send("POST", "/transactions", paid).status == 201)
        let plain = #"{"id":"b","category_id":1,"amount_cents":-2,"date":"2026-02-01"}"#
        #expect(try blue.send("POST", "/transactions", plain).status == 201)
        #expect(try blue.get("/transactions/g").object()["payee"] == nil)
        #expect(try green.get("/transactions/g").object()["payee"] as? String == "Ann")
        for ledger in [blue, green] {
            let report = try ledger.get("/reports/monthly?month=2026-02").object()
            #expect(report["total_cents"] as? Int == -3)
            #expect(report["count"] as? Int == 2)
        }
    }

    @Test("Every mistake of a client has its status and says what is wrong")
    func mistakes() throws {
        let bench = try LedgerBench()
        let ledger = try bench.start("blue")
        try ledger.awaitHealthy()
        let name100 = String(repeating: "n", count: 100)
        #expect(try ledger.send("POST", "/categories", #"{"name":"\#(name100)"}"#).status == 201)
        let id64 = String(repeating: "i", count: 64)
        func transaction(_ fields: String) -> String {
            #"{"category_id":1,"amount_cents":1,"date":"2026-01-31"\#(fields)}"#
        }
        #expect(
            try ledger.send("POST", "/transactions", transaction(#","id":"\#(id64)""#)).status
                == 201)
        let cases: [(String, String, String, Int, says: String)] = [
            ("POST", "/categories", #"{"name":"\#(name100)n"}"#, 422, "100"),
            ("POST", "/categories", #"{"name":"\#(name100)"}"#, 409, "already"),
            ("POST", "/categories", #"{"name":" "}"#, 422, "name"),
            ("POST", "/categories", #"{"name":"a\u0007"}"#, 422, "control"),
            ("POST", "/categories", "{", 400, "not JSON"),
            ("POST", "/categories", "{}", 400, "`name` is missing"),
            ("POST", "/transactions", transaction(#","id":"\#(id64)""#), 409, "already"),
            ("POST", "/transactions", transaction(#","id":"\#(id64)i""#), 422, "64"),
            ("POST", "/transactions", transaction(#","id":"a b""#), 422, "`id`"),
            (
                "POST", "/transactions",
                #"{"category_id":1,"amount_cents":"1","date":"2026-01-31"}"#, 400, "amount_cents"
            ),
            (
                "POST", "/transactions", #"{"category_id":1,"amount_cents":0,"date":"2026-01-31"}"#,
                422, "amount_cents"
            ),
            (
                "POST", "/transactions",
                #"{"category_id":1,"amount_cents":10000000001,"date":"2026-01-31"}"#, 422, "amount"
            ),
            (
                "POST", "/transactions", #"{"category_id":1,"amount_cents":1,"date":"2026-02-30"}"#,
                422, "date"
            ),
            (
                "POST", "/transactions", #"{"category_id":9,"amount_cents":1,"date":"2026-01-31"}"#,
                422, "no category 9"
            ),
            ("GET", "/transactions?limit=501", "", 400, "500"),
            ("GET", "/transactions?month=2026-13", "", 400, "month"),
            ("GET", "/transactions/none", "", 404, "no such"),
            ("DELETE", "/transactions/none", "", 404, "no such"),
            ("GET", "/categories/9", "", 404, "no such"),
            ("GET", "/reports/monthly", "", 400, "month"),
            ("GET", "/elsewhere", "", 404, "Not Found"),
        ]
        for (method, path, body, status, says) in cases {
            let reply = try ledger.send(method, path, body)
            #expect(reply.status == status, "\(method) \(path) \(body)")
            #expect(reply.text.contains(says), "\(method) \(path) \(body): \(reply.text)")
        }
        let large = #"{"name":""# + String(repeating: "n", count: 65_536) + #""}"#
        #expect(try ledger.send("POST", "/categories", large).status == 413)
    }

    @Test("Pages are cut, counted and filtered by category and month")
    func pages() throws {
        let bench = try LedgerBench()
        let ledger = try bench.start("green")
        try ledger.awaitHealthy()
        for name in ["Food", "Rent"] {
            #expect(try ledger.send("POST", "/categories", #"{"name":"\#(name)"}"#).status == 201)
        }
        for (index, date) in ["2026-01-31", "2026-02-01", "2026-02-28"].enumerated() {
            let body = """
                {"id":"t\(index)","category_id":\(index % 2 + 1),"amount_cents":5,"date":"\(date)"}
                """
            #expect(try ledger.send("POST", "/transactions", body).status == 201)
        }
        func page(_ query: String) throws -> ([String], total: Int?) {
            let object = try ledger.get("/transactions" + query).object()
            let items = object["items"] as? [[String: Any]] ?? []
            return (items.compactMap { $0["id"] as? String }, object["total"] as? Int)
        }
        #expect(try page("") == (["t2", "t1", "t0"], 3))
        #expect(try page("?limit=1&offset=1") == (["t1"], 3))
        #expect(try page("?month=2026-02") == (["t2", "t1"], 2))
        #expect(try page("?category_id=1&month=2026-02") == (["t2"], 1))
        #expect(try ledger.send("DELETE", "/transactions/t2").status == 204)
        #expect(try page("") == (["t1", "t0"], 2))
    }

    @Test("Two processes write at the same time, and each transaction is in one of their logs")
    func concurrentWrites() throws {
        let bench = try LedgerBench()
        let blue = try bench.start("blue", level: 1)
        try blue.awaitHealthy()
        let green = try bench.start("green", level: 2)
        try green.awaitHealthy()
        #expect(try blue.send("POST", "/categories", #"{"name":"Food"}"#).status == 201)
        let loads = try [blue, green].enumerated().map { index, ledger in
            try Load(
                LoadPlan(
                    to: ledger.address, prefix: "c\(index)", connections: 4, restMilliseconds: 0,
                    requestsMax: 400))
        }
        let reports = loads.map { $0.wait() }
        #expect(reports.flatMap(\.failed).isEmpty)
        #expect(reports[0].records.allSatisfy { $0.color == "blue" })
        #expect(try Set(blue.accepted) == Set(reports[0].acknowledged))
        #expect(try Set(green.accepted) == Set(reports[1].acknowledged))
        let stored = try rows(#"SELECT "Id" FROM "Transactions""#, in: bench.database)
        #expect(stored.count == Set(stored).count)
        #expect(Set(stored) == Set(reports.flatMap(\.acknowledged)))
    }

    @Test("At TERM a running request is answered, and then the ledger is gone")
    func gracefulEnd() throws {
        let bench = try LedgerBench()
        let ledger = try bench.start("blue")
        try ledger.awaitHealthy()
        let slow = Background(ledger.address, "/diagnostics/delay?delay_ms=3000")
        // Server-sent events end with the ledger.
        let events = Background(ledger.address, "/events?interval_ms=100")
        try eventually(within: .seconds(10)) {
            // The slow one, and the one that asks.
            try ledger.get("/").object()["in_flight"] as? Int == 2
        }
        ledger.program.send(.terminate)
        #expect(try slow.reply().status == 200)
        #expect(try ledger.ended(within: .seconds(6)) == .exited(code: 0))
        #expect(events.hasEnded)
    }
}

@Suite("Days and months")
struct CalendarTests {
    @Test("Real days pass, others do not")
    func days() {
        for day in ["2026-01-31", "2024-02-29", "2000-02-29", "0001-12-31"] {
            #expect(Day(day) != nil, "\(day)")
        }
        for day in [
            "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-1-1",
            "2026-01-00", "2026/01/01", "+026-01-01", "2026-01-011", "",
        ] {
            #expect(Day(day) == nil, "\(day)")
        }
    }

    @Test("A month is four digits, a dash and 01 to 12")
    func months() {
        #expect(Month("2026-12")?.lastDay == "2026-12-31")
        for month in ["2026-13", "2026-1", "2026-011", "26-01", ""] {
            #expect(Month(month) == nil, "\(month)")
        }
    }
}
