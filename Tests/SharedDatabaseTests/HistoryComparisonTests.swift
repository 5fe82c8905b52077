import Testing

@testable import SharedDatabase

@Suite("Applied against known migrations, by what each tool's names and rows tell")
struct HistoryComparisonTests {
    private func compare(
        _ tool: HistoryTool, applied: [String], known: [String], floor: String? = nil
    ) -> HistoryComparison {
        HistoryComparison(applied: applied, known: known, tool: tool, floor: floor)
    }

    private func compare(
        _ tool: HistoryTool, applied: [String], latest: String
    ) -> HistoryComparison {
        HistoryComparison(applied: applied, latest: latest, pending: [], tool: tool)
    }

    @Test("Numbers are compared as numbers, with zeros, dashes and descriptions left out")
    func numbers() {
        func number(_ name: String) -> MigrationIdentifier { .init(name, .number) }
        #expect(number("9") < number("10"))
        #expect(number("00001_init") == number("1"))
        #expect(number("2024-01-15-093000_budget") == number("20240115093000"))
        #expect(number("0") == number("000"))
        // More digits than any integer has.
        let long = String(repeating: "9", count: 400)
        #expect(number(long) < number("1" + long))
        #expect(number("init") != number("1"))
    }

    @Test("Versions are compared part by part, with zeros at the end left out")
    func versions() {
        func version(_ name: String) -> MigrationIdentifier { .init(name, .version) }
        #expect(version("1.9") < version("1.10"))
        #expect(version("1") == version("1.0.0"))
        #expect(version("V1_10__Add_budget.sql") == version("1.10"))
        #expect(version("2") > version("1.99.99"))
        #expect(version("1") < version("1.0.1"))
        #expect(version("V__broken.sql") == version("v__broken.sql"))
    }

    @Test("Django's applications are compared each by itself, all of them together")
    func applications() {
        let applied = ["auth.0001_initial", "shop.0001_initial", "shop.0002_note"]
        #expect(compare(.django, applied: applied, known: applied.reversed()) == .match)
        #expect(
            compare(.django, applied: applied, known: applied + ["auth.0002_name"])
                == .behind(["auth.0002_name"]))
        #expect(
            compare(.django, applied: applied, known: applied + ["auth.0000_early"])
                == .outOfOrder(["auth.0000_early"], newest: "auth.0001_initial"))
        // The newest of all names agrees, one application's does not.
        #expect(
            compare(.django, applied: applied, known: Array(applied.dropFirst()))
                == .ahead(["auth.0001_initial"]))
        #expect(
            compare(
                .django, applied: applied, known: [applied[0], "shop.0001_initial", "shop.0002_b"])
                == .diverged(missing: ["shop.0002_b"], extra: ["shop.0002_note"]))
        #expect(compare(.django, applied: applied, latest: "auth.0001_initial") == .match)
        #expect(
            compare(.django, applied: applied, latest: "shop.0001_initial")
                == .ahead(["shop.0002_note"]))
    }

    @Test("Alembic keeps heads alone: what stands before one in the target's list was applied")
    func heads() {
        let known = ["ae10", "03bc", "77fe"]
        #expect(compare(.alembic, applied: ["77fe"], known: known) == .match)
        #expect(compare(.alembic, applied: ["03bc"], known: known) == .behind(["77fe"]))
        #expect(compare(.alembic, applied: ["ffff"], known: known) == .ahead(["ffff"]))
        #expect(compare(.alembic, applied: ["03bc", "77fe"], known: known) == .match)
        // Only names, which have no order: neither side can be called older.
        #expect(compare(.alembic, applied: ["03bc"], latest: "03BC") == .match)
        #expect(
            compare(.alembic, applied: ["03bc"], latest: "77fe")
                == .diverged(missing: ["77fe"], extra: ["03bc"]))
    }

    @Test("golang-migrate keeps one number: what is smaller was applied")
    func highWater() {
        let known = ["1_a", "2_b", "3_c"]
        #expect(compare(.golangMigrate, applied: ["3"], known: known) == .match)
        #expect(compare(.golangMigrate, applied: ["2"], known: known) == .behind(["3_c"]))
        #expect(compare(.golangMigrate, applied: ["4"], known: known) == .ahead(["4"]))
        #expect(
            compare(.golangMigrate, applied: ["2"], known: ["1", "3"])
                == .diverged(missing: ["3"], extra: ["2"]))
        #expect(compare(.golangMigrate, applied: ["3"], latest: "2") == .ahead(["3"]))
        #expect(compare(.golangMigrate, applied: ["3"], latest: "4") == .behind(["4"]))
    }

    @Test("GRDB's identifiers have the order of the target's list")
    func listed() {
        let known = ["zebra", "apple", "mango"]
        #expect(compare(.grdb, applied: ["apple", "zebra", "mango"], known: known) == .match)
        #expect(compare(.grdb, applied: ["zebra", "apple"], known: known) == .behind(["mango"]))
        #expect(
            compare(.grdb, applied: ["zebra", "mango"], known: known)
                == .outOfOrder(["apple"], newest: "zebra"))
        #expect(compare(.grdb, applied: known + ["kiwi"], known: known) == .ahead(["kiwi"]))
        #expect(compare(.grdb, applied: known, latest: "apple") == .ahead(["mango"]))
        #expect(compare(.grdb, applied: known, latest: "kiwi") == .behind(["kiwi"]))
    }

    @Test("What is older than Flyway's baseline need not be applied")
    func baseline() {
        #expect(
            compare(.flyway, applied: ["3", "4"], known: ["1", "2", "3", "4"], floor: "3")
                == .match)
        // The baseline's own number may stand for no script.
        #expect(compare(.flyway, applied: ["3", "4"], known: ["1", "4"], floor: "3") == .match)
        #expect(
            compare(.flyway, applied: ["3"], known: ["2", "3", "4"], floor: "3") == .behind(["4"]))
    }

    @Test("A migration that a target states twice is one")
    func twice() {
        #expect(compare(.efcore, applied: ["1_a", "2_b"], known: ["1_a", "1_A", "2_b"]) == .match)
        #expect(
            compare(.efcore, applied: ["1_a"], known: ["1_a", "2_b", "2_b"]) == .behind(["2_b"]))
    }

    @Test("Ten thousand migrations on each side are compared in no time that matters")
    func many() {
        let names = (0..<10_000).map { "\(20_200_101_000_000 + $0)_Migration" }
        let start = ContinuousClock.now
        #expect(
            compare(.efcore, applied: Array(names.dropLast(5_000)), known: names)
                == .behind(Array(names.suffix(5_000))))
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
