internal import Control
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Kernel
internal import NIOCore
internal import SharedDatabase

/// The body of a request that brings a backup along: one line of JSON, then the octets of the file.
///
/// Each piece starts the time of the client's seat anew: one that sends nothing is sent away.
struct SentBody {
    /// Of the line: a manifest names every table and migration.
    static let lineBytesMax = 2 * SentBackup.manifestBytesMax + APIServer.bodyBytesMax

    /// What is asked.
    let body: RestoreBody
    /// Of the file.
    let bytes: Int
    private var rest: [UInt8]
    private var pieces: RequestBody.AsyncIterator
    private let seat: Seat

    /// Reads the line.
    init(_ request: Request, _ seat: Seat) async throws(Problem) {
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else {
            throw Problem(.badRequest, "Content-Length: missing, expected the octets of the body")
        }
        self.seat = seat
        var pieces = request.body.makeAsyncIterator()
        var octets: [UInt8] = []
        var end: Int?
        while end == nil {
            guard octets.count <= Self.lineBytesMax,
                let piece = await Self.next(&pieces, seat)
            else {
                throw Problem(
                    .badRequest,
                    "the body has no line of JSON of at most \(Self.lineBytesMax) octets before "
                        + "the file")
            }
            end = piece.firstIndex(of: Self.lineEnd).map { octets.count + $0 }
            octets += piece
        }
        let line = octets.prefix(end ?? 0)
        body = try RestoreBody(body: Data(line))
        rest = Array(octets.dropFirst(line.count + 1))
        bytes = length - (line.count + 1)
        self.pieces = pieces
    }

    private static let lineEnd = UInt8(ascii: "\n")

    /// The next octets of the file; nil at their end, or where the client has left.
    mutating func next() async -> [UInt8]? {
        guard rest.isEmpty else {
            defer { rest = [] }
            return rest
        }
        return await Self.next(&pieces, seat)
    }

    private static func next(
        _ pieces: inout RequestBody.AsyncIterator, _ seat: Seat
    ) async -> [UInt8]? {
        seat.now(.receiving)
        // What we do with it is not the client's time.
        defer { seat.now(.working) }
        do {
            return try await pieces.next().map { Array($0.readableBytesView) }
        } catch {
            // It has left, or was sent away.
            return nil
        }
    }
}
