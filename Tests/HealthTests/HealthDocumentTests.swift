import Settings
import Testing

import enum Settings.Expectation

@testable import Health

@Suite("The formats of health answers in which a target states what it knows")
struct HealthDocumentTests {
    private func statement(
        _ body: String, _ expectation: Expectation = .healthField("migration")
    ) -> TargetStatement {
        TargetStatement(
            ProbeAnswer(
                .answered(status: 200, fields: [], body: Array(body.utf8)), nanoseconds: 0),
            expectation: expectation)
    }

    private func reason(_ stated: StatedMigrations) -> String? {
        if case .nothing(let reason) = stated { reason } else { nil }
    }

    /// As AspNetCore.HealthChecks.UI.Client writes it.
    private func entries(_ data: String, name: String = "schema") -> String {
        """
        {"status":"Healthy","totalDuration":"00:00:00.0012","entries":{
            "self":{"data":{},"duration":"00:00:00.0001","status":"Healthy","tags":[]},
            "\(name)":{"data":\(data),"duration":"00:00:00.0010","status":"Healthy","tags":[]}}}
        """
    }

    @Test("The health UI format of ASP.NET: data of an entry, whatever the entry's name")
    func entries() {
        let full = statement(
            entries(
                """
                {"tool":"efcore","expected":"2_B","known":["1_A","2_B"],"pending":["2_B"],
                 "migrating":true,"sqlite":"3.46.1","journal":"wal","dbDev":66304,"dbIno":"1234"}
                """, name: "database"))
        #expect(full.migrations == .known(["1_A", "2_B"]))
        #expect(full.pending == ["2_B"])
        #expect(full.isMigrating)
        #expect(full.sqlite == "3.46.1")
        #expect(full.journal == "wal")
        #expect(full.device == 66_304)
        #expect(full.inode == 1_234)
        #expect(statement(entries(#"{"expected":"2_B"}"#)).migrations == .latest("2_B"))
        #expect(statement(entries(#"{"migration":"2_B"}"#)).migrations == .latest("2_B"))
    }

    @Test("The same members at the top level")
    func topLevel() {
        let full = statement(
            #"{"tool":"efcore","expected":"2_B","known":["1_A","2_B"],"dbDev":1,"dbIno":2}"#)
        #expect(full.migrations == .known(["1_A", "2_B"]))
        #expect(full.inode == 2)
        #expect(!full.isMigrating)
        // A member of the file's name only where it is a number of a file.
        #expect(statement(#"{"migration":"a","dbIno":-1}"#).inode == nil)
    }

    @Test("The draft health+json and the details of Spring Boot")
    func otherFormats() {
        let draft = """
            {"status":"pass","checks":{"db:schema":[{"componentType":"datastore",
                "migrations":["1","2"]}]}}
            """
        #expect(statement(draft).migrations == .known(["1", "2"]))
        let details = #"{"status":"UP","components":{"db":{"details":{"migration":"7"}}}}"#
        #expect(statement(details).migrations == .latest("7"))
    }

    @Test("Spring Boot's endpoint for Flyway: what is resolved is known, what is pending is said")
    func flyway() {
        let body = """
            {"contexts":{"application":{"flywayBeans":{"flyway":{"migrations":[
                {"type":"BASELINE","version":"1","state":"BASELINE","script":"<< >>"},
                {"type":"SQL","version":"2","state":"SUCCESS","script":"V2__a.sql"},
                {"type":"SQL","version":"3","state":"PENDING","script":"V3__b.sql"},
                {"type":"SQL","version":"4","state":"FUTURE_SUCCESS","script":"V4__c.sql"},
                {"type":"SQL","state":"SUCCESS","script":"R__views.sql"}]}}}}}
            """
        let stated = statement(body)
        #expect(stated.migrations == .known(["2", "3"]))
        #expect(stated.pending == ["3"])
    }

    @Test("A field with dots names a place further inside")
    func dotted() {
        let body = #"{"a":{"b":[{"c":"1_A"}]},"migrations":["x"],"a.b":"2_B"}"#
        #expect(statement(body, .healthField("a.b.0.c")).migrations == .known(["x"]))
        let plain = #"{"a":{"b":[{"c":"1_A"}]},"a.b":"2_B"}"#
        #expect(statement(plain, .healthField("a.b.0.c")).migrations == .latest("1_A"))
        #expect(statement(plain, .healthField("a.b")).migrations == .latest("2_B"))
        #expect(reason(statement(plain, .healthField("a.b.1.c")).migrations) != nil)
        let entry = entries(#"{"known":["1_A"],"latest":"1_A"}"#)
        #expect(
            statement(entry, .healthField("entries.schema.data.latest")).migrations
                == .known(["1_A"]))
    }

    @Test("Two parts that state different migrations state nothing, and both are named")
    func conflict() throws {
        func body(_ one: String, _ other: String) -> String {
            """
            {"entries":{"a":{"data":{"migration":"\(one)"}},"b":{"data":{"migration":"\(other)"}}}}
            """
        }
        #expect(statement(body("1", "1")).migrations == .latest("1"))
        let words = try #require(reason(statement(body("1", "2")).migrations))
        #expect(words.contains("entries.a.data and entries.b.data"))
        #expect(words.contains("health_field: entries.a.data.migration"))
    }

    @Test("Django's own form, by application, and numbers as some tools have them")
    func forms() {
        #expect(
            statement(#"{"migrations":{"shop":["0001_a","0002_b"],"auth":["0001_i"]}}"#).migrations
                == .known(["auth.0001_i", "shop.0001_a", "shop.0002_b"]))
        #expect(statement(#"{"migrations":[1,2]}"#).migrations == .known(["1", "2"]))
        #expect(
            statement(#"{"migration":20240115093000}"#).migrations == .latest("20240115093000"))
    }

    @Test("The bare word of ASP.NET's default says that it is one, without what a terminal obeys")
    func plainText() throws {
        #expect(
            reason(statement("Healthy").migrations)
                == #"its health answer is plain text, "Healthy""#)
        let words = try #require(reason(statement("a\u{1b}[2Jb").migrations))
        #expect(!words.contains("\u{1b}"))
    }

    @Test("A body nested deeper than any application's is no statement, and no end of the process")
    func nested() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(reason(statement(#"{"migration":"# + deep).migrations) != nil)
    }

    @Test("A name of the longest length passes, one octet more does not")
    func nameLength() {
        let longest = String(repeating: "m", count: StatedMigrations.nameBytesMax)
        #expect(statement(#"{"migration":"\#(longest)"}"#).migrations == .latest(longest))
        #expect(reason(statement(#"{"migration":"\#(longest)m"}"#).migrations) != nil)
    }

    @Test("Text of a file or a command: a line is the latest, several are the set, JSON is JSON")
    func text() {
        func stated(_ text: String) -> StatedMigrations {
            StatedText.migrations(Array(text.utf8), source: "x")
        }
        #expect(stated("2_B\n") == .latest("2_B"))
        #expect(stated(" 1_A \r\n\n2_B\r\n") == .known(["1_A", "2_B"]))
        #expect(stated(#" {"migrations":["1_A"]}"#) == .known(["1_A"]))
        #expect(stated("\u{feff}2_B\n") == .latest("2_B"))
        #expect(stated("\u{feff}[\"1_A\", \"2_B\"]\n") == .known(["1_A", "2_B"]))
        #expect(reason(stated(#"[{"id":"1_A"}]"#))?.contains("no list of names") == true)
        #expect(reason(stated("\n \n")) == "x is empty")
        #expect(reason(stated("a\u{7}b")) != nil)
        #expect(reason(stated(#"{"other":1}"#)) != nil)
        let longest = String(repeating: "\n", count: StatedText.bytesMax - 1) + "a"
        #expect(stated(longest) == .latest("a"))
        #expect(reason(stated(longest + "\n"))?.contains("longer") == true)
    }
}
