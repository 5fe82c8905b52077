internal import HTTPTypes
internal import Hummingbird
internal import ServiceLifecycle

/// Requests that take their time, for tests of draining and of streams.
struct DiagnosticRoutes: Sendable {
    /// Longest delay, in milliseconds.
    static let delayMax = 60_000

    private struct Delay: ResponseEncodable {
        let delayMs: Int
    }

    /// `GET` and `POST /diagnostics/delay?delay_ms=250`: answers after that time.
    /// `GET /events?interval_ms=1000&count=0`: server-sent events, for a count of 0 until the
    /// ledger stops.
    func add(to router: some RouterMethods<LedgerContext>) {
        router.get("diagnostics/delay") { request, _ in try await delay(request) }
        router.post("diagnostics/delay") { request, _ in
            _ = try await request.body.collect(upTo: LedgerContext.bodyBytesMax)
            return try await delay(request)
        }
        router.get("events") { request, _ in try events(request) }
    }

    private func delay(_ request: Request) async throws -> Delay {
        let milliseconds = try request.number("delay_ms", in: 0...Self.delayMax) ?? 100
        try await Task.sleep(for: .milliseconds(milliseconds))
        return Delay(delayMs: milliseconds)
    }

    /// False when the ledger stops meanwhile.
    private func pause(milliseconds: Int) async -> Bool {
        do {
            return try await cancelWhenGracefulShutdown {
                try await Task.sleep(for: .milliseconds(milliseconds))
                return true
            }
        } catch {
            return false
        }
    }

    private func events(_ request: Request) throws -> Response {
        let interval = try request.number("interval_ms", in: 10...Self.delayMax) ?? 1_000
        let count = try request.number("count", in: 0...1_000_000) ?? 0
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-cache"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var number = 0
                while count == 0 || number < count {
                    number += 1
                    try await writer.write(ByteBuffer(string: "id: \(number)\ndata: tick\n\n"))
                    guard number != count, await pause(milliseconds: interval) else { break }
                }
                try await writer.finish(nil)
            })
    }
}
