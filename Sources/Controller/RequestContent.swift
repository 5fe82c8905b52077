internal import Control
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// The JSON that comes with a request.
enum RequestContent {
    /// How many octets an address under `/v1` takes. A file of statements is sent as JSON, which
    /// may double it.
    static func bytesMax(_ path: [String]) -> Int {
        Array(path.dropFirst(2)) == ["database", "lint"]
            ? LintBody.sqlBytesMax * 2 + APIServer.bodyBytesMax : APIServer.bodyBytesMax
    }

    /// Refuses by the announced length, before any of it is read.
    static func mustFit(_ request: Request, _ bytesMax: Int) throws(Problem) {
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > bytesMax
        else { return }
        throw tooLarge("\(length)", bytesMax)
    }

    /// Reads all of it.
    static func read(
        _ request: inout Request, upTo bytesMax: Int, _ writer: borrowing ResponseWriter
    ) async throws(Problem) -> Data {
        try mustFit(request, bytesMax)
        await ask(for: request, writer)
        do {
            let buffer = try await request.collectBody(upTo: bytesMax)
            let length = request.headers[.contentLength].flatMap { Int($0) }
            // To Hummingbird a connection that ends is the end of the body.
            guard length == nil || length == buffer.readableBytes else { throw brokenOff }
            return Data(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge("more", bytesMax)
        } catch {
            throw brokenOff
        }
    }

    private static let brokenOff = Problem(
        .badRequest,
        "the body: found chunks that cannot be read or an early end, expected as many octets as "
            + "announced")

    /// `100 Continue` for a client that sends its content only then (RFC 9110 section 10.1.1).
    static func ask(for request: Request, _ writer: borrowing ResponseWriter) async {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return }
        // Of a client that has left, reading says so.
        try? await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }

    private static func tooLarge(_ found: String, _ bytesMax: Int) -> Problem {
        Problem(.tooLarge, "the body: found \(found) octets, expected at most \(bytesMax)")
    }
}
