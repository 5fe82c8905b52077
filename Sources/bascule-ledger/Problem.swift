internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// An error for the client, as `application/problem+json` (RFC 9457).
struct Problem: HTTPResponseError {
    let status: HTTPResponse.Status
    /// What is wrong, in one sentence.
    let detail: String
    /// For a status that asks to come again.
    var retryAfterSeconds: Int?

    init(_ status: HTTPResponse.Status, _ detail: String, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }

    private struct Body: Encodable {
        let status: Int
        let title: String
        let detail: String
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let body = Body(status: status.code, title: status.reasonPhrase, detail: detail)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = HTTPFields()
        headers[.contentType] = "application/problem+json"
        if let retryAfterSeconds { headers[.retryAfter] = "\(retryAfterSeconds)" }
        return Response(
            status: status, headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(body))))
    }
}
