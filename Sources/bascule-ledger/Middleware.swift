internal import GRDB
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Gives every answer its color and every error the form of a problem, and takes the request's
/// id into the log.
struct AnswerMiddleware: RouterMiddleware {
    let identity: LedgerIdentity
    let traffic: Traffic

    func handle(
        _ request: Request, context: LedgerContext,
        next: (Request, LedgerContext) async throws -> Response
    ) async throws -> Response {
        traffic.began()
        defer { traffic.ended() }
        var context = context
        if let id = request.requestID { context.logger[metadataKey: "request"] = "\(id)" }
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = try problem(for: error, context).response(from: request, context: context)
        }
        response.headers[.ledgerColor] = identity.color.rawValue
        return response
    }

    private func problem(for error: any Error, _ context: LedgerContext) -> Problem {
        if let problem = error as? Problem { return problem }
        if let error = error as? any HTTPResponseError {
            return Problem(error.status, error.status.reasonPhrase)
        }
        context.logger.error("request failed", metadata: ["error": "\(error)"])
        if let error = error as? DatabaseError, error.resultCode == .SQLITE_BUSY {
            return Problem(
                .serviceUnavailable, "the database is busy", retryAfterSeconds: 1)
        }
        return Problem(.internalServerError, "the request could not be done; see the log")
    }
}

/// Lets requests through only while the ledger serves.
struct ReadyMiddleware: RouterMiddleware {
    let stage: Stage

    func handle(
        _ request: Request, context: LedgerContext,
        next: (Request, LedgerContext) async throws -> Response
    ) async throws -> Response {
        switch await stage.name {
        case .serving, .stopping: return try await next(request, context)
        case .starting:
            throw Problem(.serviceUnavailable, "migrations run", retryAfterSeconds: 1)
        }
    }
}

extension HTTPField.Name {
    /// Which color answered.
    static let ledgerColor = Self.known("X-Ledger-Color")
    static let requestID = Self.known("X-Request-ID")

    private static func known(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else {
            preconditionFailure("\(name) is a token")
        }
        return field
    }
}

extension Request {
    var requestID: String? { headers[.requestID] }
}
