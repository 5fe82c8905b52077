import Board
import Foundation
import Testing

@testable import Control

@Suite("Bodies of requests")
struct BodyTests {
    private func read<Body: RequestBody>(_ type: Body.Type, _ text: String) -> Result<Body, Problem>
    {
        do {
            return .success(try Body(body: Data(text.utf8)))
        } catch {
            return .failure(error)
        }
    }

    private func detail<Body: RequestBody>(_ type: Body.Type, _ text: String) -> String? {
        guard case .failure(let problem) = read(type, text) else { return nil }
        return problem.status == 400 ? problem.detail : nil
    }

    @Test("The contract's example")
    func example() throws {
        let text = """
            {"to":"green","mode":"overlap","hold_timeout":"10s","override":["schema"]}
            """
        let body = try read(SwitchBody.self, text).get()
        #expect(body.to == .green)
        #expect(body.mode == .overlap)
        #expect(body.holdTimeout == .seconds(10))
        #expect(body.override == [.schema])
        #expect(body.noBackup == nil)
        #expect(
            try ControlJSON.text(body) == """
                {"hold_timeout":"10s","mode":"overlap","override":["schema"],"to":"green"}
                """)
    }

    @Test("No octet stands for no field")
    func empty() throws {
        #expect(try read(HoldBody.self, "").get().duration == nil)
        #expect(try read(EmptyBody.self, "").get() == EmptyBody())
    }

    @Test("An unknown field is refused")
    func unknownField() {
        #expect(
            detail(HoldBody.self, "{\"form\":\"10s\"}") == "form: unknown field, expected for")
        #expect(detail(EmptyBody.self, "{\"a\":1}") == "a: unknown field, expected no field")
    }

    @Test(
        "What cannot be read is refused with the field, what was found and what was expected",
        arguments: [
            ("{\"hold_timeout\":\"10\"}", "hold_timeout: found \"10\", expected a duration"),
            ("{\"to\":\"red\"}", "to: found \"red\", expected blue or green"),
            (
                "{\"override\":[\"health\",\"x\"]}",
                "override[1]: found \"x\", expected health, migrations, "
            ),
            (
                "{\"to\":\"green\",\"override\":[\"disk\",\"journal\"]}",
                "override[1]: found \"journal\", which cannot be overridden"
            ),
            ("{\"override\":\"x\"}", "override: found \"x\", expected a list"),
            ("{\"mode\":\"x\"}", "mode: found \"x\", expected handover or overlap"),
            ("{\"to\":5}", "to: found the number 5, expected text"),
            ("{\"hold_timeout\":10}", "hold_timeout: found the number 10, expected text"),
            ("{\"detach\":\"no\"}", "detach: found \"no\", expected true or false"),
            ("[]", "the body is no JSON object"),
            ("{", "the body is no JSON"),
        ])
    func unreadable(text: String, expected: String) {
        #expect(detail(SwitchBody.self, text)?.hasPrefix(expected) == true)
    }

    @Test(
        "A field that stands twice is refused, however it is spelt and wherever it stands",
        arguments: [
            ("{\"to\":\"green\",\"to\":\"blue\"}", "to: found twice, expected once"),
            ("{\"to\":\"green\",\"t\\u006f\" : 5}", "to: found twice, expected once"),
            ("{\"to\":[{\"a\":1,\"b\":{\"a\":2},\"a\":3}]}", "a: found twice, expected once"),
            // Names of different objects, and texts that look like names.
            ("{\"mode\":\"{\\\"to\\\":\",\"to\":\"red\"}", "to: found \"red\", expected"),
            ("{\"to\":{\"to\":{\"to\":[\"to\",\"to\"]}}}", "to: found an object, expected text"),
        ])
    func repeated(text: String, expected: String) {
        let detail = detail(SwitchBody.self, text)
        #expect(detail?.hasPrefix(expected) == true, "\(detail ?? "read")")
    }

    @Test("A body that is no text is said to be none")
    func noText() {
        var body = Data("{\"to\":\"".utf8)
        body.append(0xff)
        body.append(contentsOf: Data("\"}".utf8))
        do throws(Problem) {
            _ = try SwitchBody(body: body)
            Issue.record("it was read")
        } catch {
            #expect(error.detail == "the body is no JSON: it is not in UTF-8")
        }
    }

    @Test("A required field that is missing is named")
    func missing() {
        #expect(detail(CheckBody.self, "{}") == "to: missing")
    }
}
