import Control
import Foundation
import Kernel
import Testing

@testable import Console

@Suite("The client of the control socket")
struct ControlClientTests {
    private func answer(
        _ body: String, _ type: String, status: String = "200 OK"
    ) -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body
    }

    private func chunked(_ pieces: [String], isComplete: Bool = true) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
            + (isComplete ? "0\r\n\r\n" : "")
    }

    private func failure(_ body: () throws(ControlFailure) -> Void) -> ControlFailure? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("A document comes back as it was sent, the request is what the API expects")
    func document() throws {
        let server = try ScriptedServer([answer("{\"message\":\"x\"}", "application/json")])
        let client = ControlClient(socket: server.path)
        let body = try ControlClient.body(HoldBody(duration: .seconds(5)))
        let document = try client.document(
            ControlRequest(.post, Route.service("web", "hold"), body: body))
        #expect(try document.decode(MessageAnswer.self).message == "x")
        let expected = """
            POST /v1/services/web/hold HTTP/1.1\r
            Host: bascule\r
            User-Agent: bascule/\(BasculeVersion.current)\r
            Connection: close\r
            Content-Type: application/json\r
            Content-Length: 12\r
            \r
            {"for":"5s"}
            """
        #expect(server.received == [expected])
    }

    @Test("Lines of a stream come one by one, however the chunks are cut")
    func lines() throws {
        let server = try ScriptedServer([chunked(["a\nb", "c\n\nd", "e\n", "f"])])
        var lines: [String] = []
        try ControlClient(socket: server.path).lines(ControlRequest(.get, Route.events)) {
            lines.append($0)
            return true
        }
        #expect(lines == ["a", "bc", "de", "f"])
        #expect(server.received.first?.hasPrefix("GET /v1/events HTTP/1.1\r\n") == true)
    }

    @Test("A reader of lines that has enough ends the stream")
    func enough() throws {
        let server = try ScriptedServer([chunked(["a\n", "b\n"], isComplete: false)])
        var lines: [String] = []
        try ControlClient(socket: server.path).lines(ControlRequest(.get, Route.events)) {
            lines.append($0)
            return lines.count < 2
        }
        #expect(lines == ["a", "b"])
    }

    @Test("A stream that breaks is no stream that ended")
    func brokenStream() throws {
        let server = try ScriptedServer([chunked(["a\n"], isComplete: false)])
        let client = ControlClient(socket: server.path)
        var lines: [String] = []
        let failure = failure { () throws(ControlFailure) in
            try client.lines(ControlRequest(.get, Route.events)) {
                lines.append($0)
                return true
            }
        }
        #expect(lines == ["a"])
        #expect(failure == .broken("\(server.path): the answer is cut off"))
        #expect(failure?.exit == .failed)
    }

    @Test("A problem keeps its reason, and its exit code follows from it")
    func problem() throws {
        let problem = Problem(.unknownService, "found wbe, expected web")
        let text = answer(try ControlJSON.text(problem), MediaType.problem, status: "404 Not Found")
        let server = try ScriptedServer([text, text])
        let client = ControlClient(socket: server.path)
        let asDocument = failure { () throws(ControlFailure) in
            _ = try client.document(ControlRequest(.get, Route.service("wbe")))
        }
        #expect(asDocument == .problem(problem))
        #expect(asDocument?.exit == .usage)
        let asStream = failure { () throws(ControlFailure) in
            try client.lines(ControlRequest(.post, Route.service("wbe", "switch"))) { _ in true }
        }
        #expect(asStream == .problem(problem))
    }

    @Test("A file is sent behind its line; an answer that comes before its end ends the sending")
    func file() throws {
        let folder = try FileManager.default.url(
            for: .itemReplacementDirectory, in: .userDomainMask,
            appropriateFor: FileManager.default.temporaryDirectory, create: true)
        defer { _ = Result { try FileManager.default.removeItem(at: folder) } }
        let small = folder.appending(path: "small.db").path
        try Data("octets".utf8).write(to: URL(filePath: small))
        // More than any socket takes by itself.
        let large = folder.appending(path: "large.db").path
        try Data(count: 8 << 20).write(to: URL(filePath: large))
        let problem = Problem(.refused, "no manifest")
        let refusal = answer(
            try ControlJSON.text(problem), MediaType.problem, status: "409 Conflict")
        let server = try ScriptedServer([answer("{}", MediaType.json), refusal])
        let client = ControlClient(socket: server.path)
        func request(_ path: String, _ bytes: Int) -> ControlRequest {
            ControlRequest(
                .post, "/v1/services/web/database/restore", body: Array("{}".utf8),
                file: SentFile(path: path, bytes: bytes))
        }
        _ = try client.document(request(small, 6))
        let text = try #require(server.received.first)
        #expect(text.contains("Content-Type: application/vnd.bascule.backup\r\n"))
        #expect(text.contains("Content-Length: 9\r\n"))
        #expect(text.hasSuffix("\r\n\r\n{}\noctets"), "\(text)")
        let early = failure { () throws(ControlFailure) in
            _ = try client.document(request(large, 8 << 20))
        }
        #expect(early == .problem(problem))
        #expect(early?.exit == .refused)
    }

    @Test("An error that is no problem document is shown as it came")
    func otherError() throws {
        let server = try ScriptedServer([answer("nope", "text/plain", status: "500 Oops")])
        let client = ControlClient(socket: server.path)
        let failure = failure { () throws(ControlFailure) in
            _ = try client.document(ControlRequest(.get, Route.status))
        }
        #expect(failure == .broken("the controller answered 500: nope"))
    }

    @Test("No socket, and a socket where nobody listens")
    func noController() throws {
        let folder = NSTemporaryDirectory() + "bascule-none-\(UUID().uuidString.prefix(8))"
        let path = folder + "/control.sock"
        let client = ControlClient(socket: path)
        func ask() -> ControlFailure? {
            failure { () throws(ControlFailure) in
                _ = try client.document(ControlRequest(.get, Route.status))
            }
        }
        #expect(ask() == .noController(socket: path, .noSuchFile))
        #expect(ask()?.exit == .unavailable)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        do {
            let listener = try Socket.listen("test.listen", on: .unix(path: path), backlog: 1)
            _ = consume listener
        }
        #expect(ask() == .noController(socket: path, .connectionRefused))
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("A controller that does not answer is given up at the limit")
    func silent() throws {
        let path = NSTemporaryDirectory() + "bascule-\(UUID().uuidString.prefix(8)).sock"
        let listener = try Socket.listen("test.listen", on: .unix(path: path), backlog: 1)
        var client = ControlClient(socket: path)
        client.limit = .milliseconds(50)
        let failure = failure { () throws(ControlFailure) in
            _ = try client.document(ControlRequest(.get, Route.status))
        }
        #expect(failure == .silent(socket: path, .milliseconds(50)))
        #expect(failure?.exit == .unavailable)
        _ = consume listener
        try FileManager.default.removeItem(atPath: path)
    }

    @Test("A path that fits no socket is wrong usage")
    func unusable() {
        let client = ControlClient(socket: "/" + String(repeating: "a", count: 107))
        let failure = failure { () throws(ControlFailure) in
            _ = try client.document(ControlRequest(.get, Route.status))
        }
        #expect(failure?.exit == .usage)
    }

    @Test("Names are encoded as one segment of a path")
    func encoded() {
        #expect(ControlClient.encoded("web-1.a_b~") == "web-1.a_b~")
        #expect(ControlClient.encoded("../a b/ü?") == "..%2Fa%20b%2F%C3%BC%3F")
    }
}
