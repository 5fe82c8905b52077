internal import Control
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// What a request is answered with.
enum APIAnswer: Sendable {
    /// `fields`: besides those that every answer has.
    case whole(Data, type: String, status: HTTPResponse.Status, fields: HTTPFields = [:])
    /// An operation's events, one a line, each sent at once. Detached: only the first, which says
    /// that the service is locked.
    case operation(AsyncStream<Event>, isDetached: Bool)
    /// Every event of every service, until the client leaves.
    case watch(Watch)

    static func json(_ value: some Encodable) throws(Problem) -> APIAnswer {
        .whole(try encode(value), type: MediaType.json, status: .ok)
    }

    static func text(
        _ text: String, type: String, status: HTTPResponse.Status = .ok,
        fields: HTTPFields = [:]
    ) -> APIAnswer {
        .whole(Data(text.utf8), type: "\(type); charset=utf-8", status: status, fields: fields)
    }

    /// `allow`: with a 405, what the address is for.
    static func problem(_ problem: Problem, allow: String? = nil) -> APIAnswer {
        .whole(
            octets(of: problem), type: MediaType.problem, status: .init(code: problem.status),
            fields: allow.map { [.allow: $0] } ?? [:])
    }

    /// The same for who writes it himself: the body, and the fields that go with it.
    static func document(of problem: Problem) -> (body: Data, fields: [(String, String)]) {
        let body = octets(of: problem)
        var fields = fields(MediaType.problem)
        fields[.contentLength] = "\(body.count)"
        return (body, fields.map { ($0.name.rawName, $0.value) })
    }

    private static func octets(of problem: Problem) -> Data {
        do throws(Problem) {
            return try encode(problem)
        } catch {
            return Data("{}".utf8)
        }
    }

    func write(
        to writer: consuming ResponseWriter, isHead: Bool, on channel: any Channel, seat: Seat
    ) async throws {
        // Every write has a deadline: a client that never reads would keep its place for ever.
        seat.now(.writing)
        switch self {
        case .whole(let data, let type, let status, let more):
            var fields = Self.fields(type)
            fields.append(contentsOf: more)
            fields[.contentLength] = "\(data.count)"
            let head = HTTPResponse(status: status, headerFields: fields)
            if isHead { return try await writer.writeResponse(head) }
            try await writer.write(
                response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
        case .operation(let events, let isDetached):
            let head = HTTPResponse(status: .ok, headerFields: Self.fields(MediaType.events))
            var lines = try await writer.writeHead(head)
            let batches = EventBatches(events)
            defer { batches.end() }
            // A client that leaves ends this loop, not the operation.
            for await batch in batches {
                seat.now(.writing)
                var octets = ByteBuffer()
                for event in isDetached ? batch.prefix(1) : batch[...] {
                    octets.writeImmutableBuffer(try Self.line(event))
                }
                try await lines.write(octets)
                seat.now(.working)
                if isDetached { break }
            }
            seat.now(.writing)
            try await lines.finish(nil)
        case .watch(let watch):
            let head = HTTPResponse(status: .ok, headerFields: Self.fields(MediaType.events))
            if isHead {
                watch.end()
                return try await writer.writeResponse(head)
            }
            var lines = try await writer.writeHead(head)
            channel.closeFuture.whenComplete { _ in watch.end() }
            seat.now(.watching)
            for await event in watch.events {
                seat.now(.writing)
                try await lines.write(try Self.line(event))
                seat.now(.watching)
            }
            seat.now(.writing)
            try await lines.finish(nil)
        }
    }

    private static func fields(_ type: String) -> HTTPFields {
        [.contentType: type, .server: "bascule", .cacheControl: "no-store"]
    }

    private static func line(_ event: Event) throws -> ByteBuffer {
        ByteBuffer(bytes: try ControlJSON.encode(event) + Data("\n".utf8))
    }

    private static func encode(_ value: some Encodable) throws(Problem) -> Data {
        do {
            return try ControlJSON.encode(value)
        } catch {
            throw Problem(.failed, "the answer cannot be written as JSON: \(error)")
        }
    }
}
