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

    @Test("A required field that is missing is named")
    func missing() {
        #expect(detail(CheckBody.self, "{}") == "to: missing")
    }
}
