internal import Board
internal import Control
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Journal
internal import Kernel
internal import Logging
internal import NIOCore

/// Finds what a request asks for, and answers it.
struct APIHandler: Sendable {
    let plane: ControlPlane
    let logger: Logger
    private let dashboard = Dashboard()

    init(plane: ControlPlane, logger: Logger) {
        self.plane = plane
        self.logger = logger
    }

    /// What every request is answered with, errors included.
    func respond(
        to request: Request, with writer: consuming ResponseWriter, on channel: any Channel,
        visitor: Visitor?, _ door: APIServer.Door, _ seat: Seat
    ) async throws {
        var request = request
        let answer: APIAnswer
        do throws(Problem) {
            answer = try await find(&request, writer, visitor, door, seat)
        } catch {
            answer = .problem(
                error,
                allow: error.reason == .methodNotAllowed
                    ? APIMethods(Self.path(request))?.rawValue : nil)
        }
        try await answer.write(
            to: writer, isHead: request.method == .head, on: channel, seat: seat)
        seat.now(.awaiting)
    }

    private func find(
        _ request: inout Request, _ writer: borrowing ResponseWriter, _ visitor: Visitor?,
        _ door: APIServer.Door, _ seat: Seat
    ) async throws(Problem) -> APIAnswer {
        let isReading = request.method == .get || request.method == .head
        if isReading { seat.now(.working) }
        let path = Self.path(request)
        guard door == .control || path.first != "v1", let methods = APIMethods(path) else {
            throw notFound(request)
        }
        let isOperating = request.method == .post
        guard methods == .reading && isReading || methods == .operating && isOperating else {
            throw Problem(
                .methodNotAllowed,
                "\(request.uri.path): found \(request.method.rawValue), expected "
                    + methods.rawValue)
        }
        if isReading { try RequestContent.mustFit(request, APIServer.bodyBytesMax) }
        switch path {
        case [""]:
            let isStill = request.uri.queryParameters["refresh"] == "off"
            return await dashboard.answer(plane, isStill: isStill)
        case ["metrics"]:
            return .text(await MetricsText(plane).text, type: MetricsText.mediaType)
        case ["healthz"]:
            return healthz
        case _: break
        }
        let rest = Array(path.dropFirst())
        if isReading { return try await read(rest, request) }
        // A check changes nothing: whoever may read may ask.
        let isCheck = rest.count == 3 && rest[2] == "check"
        guard let visitor, visitor.mayOperate || isCheck else { throw notPermitted(visitor) }
        if request.headers[.contentType] == MediaType.backup {
            return try await receive(rest, request, writer, visitor.caller, seat)
        }
        let body = try await RequestContent.read(
            &request, upTo: RequestContent.bytesMax(rest), writer)
        seat.now(.working)
        return try await operate(rest, body, visitor.caller)
    }

    /// The segments of an address, decoded. An empty one is a segment too: of a service without a
    /// name nothing else is to be taken for the name.
    private static func path(_ request: Request) -> [String] {
        request.uri.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            $0.removingPercentEncoding ?? String($0)
        }
    }

    // MARK: Reading

    private func read(_ path: [String], _ request: Request) async throws(Problem) -> APIAnswer {
        switch (path.first, path.dropFirst().first, path.count) {
        case ("status", nil, 1): return try .json(await plane.status())
        case ("config", nil, 1): return .text(plane.book.configuration, type: MediaType.json)
        case ("events", nil, 1): return .watch(await plane.hub.watch())
        case ("history", nil, 1): return try .json(try await history(request))
        case ("operations", .some(let id), 2): return try .json(try await plane.operation(id))
        case ("services", .some(let name), 2):
            let service = try plane.service(name)
            return try .json(await service.status())
        case ("services", .some(let name), 3) where path[2] == "requests":
            let parts = try plane.service(name).parts
            return try .json(
                await plane.workers.requests(service: parts.index, name: parts.name))
        case ("services", .some(let name), 3) where path[2] == "database":
            return try .json(try await plane.service(name).databaseReport())
        case ("services", .some(let name), 4) where Array(path[2...]) == ["database", "backups"]:
            return try .json(try await plane.service(name).backups())
        case _: throw notFound(request)
        }
    }

    private func history(_ request: Request) async throws(Problem) -> HistoryAnswer {
        let query = request.uri.queryParameters
        let service = query["service"].map { String($0) }
        if let service { _ = try plane.service(service) }
        var limit = 50
        if let text = query["limit"] {
            guard let number = Int(text), 1...1_000 ~= number else {
                throw Problem(.badRequest, "limit: found \(text), expected 1 to 1000")
            }
            limit = number
        }
        let state = await plane.journal.state()
        return HistoryAnswer(operations: state.history(service: service, limit: limit))
    }

    private var healthz: APIAnswer {
        plane.isAccepting
            ? .text("ok\n", type: "text/plain")
            : .text("no worker accepts\n", type: "text/plain", status: .serviceUnavailable)
    }

    // MARK: Operating

    private func operate(
        _ path: [String], _ body: Data, _ caller: Caller
    ) async throws(Problem) -> APIAnswer {
        if path.count == 3, path[0] == "services" {
            return try await operate(path[2], try plane.service(path[1]), body, caller)
        }
        if path.count == 4, path[0] == "services", path[2] == "database" {
            return try await DatabaseRoutes.operate(
                path[3], try plane.service(path[1]), body, caller)
        }
        if path.count == 3, path[0] == "operations", path[2] == "lease" {
            return try .json(
                try await plane.lease(path[1], try LeaseBody(body: body), by: caller.peer))
        }
        switch path {
        case ["stop"]:
            _ = try EmptyBody(body: body)
            logger.info("stop, asked for by user \(caller.peer.uid) (pid \(caller.peer.pid))")
            plane.supervisor.stop()
            return try .json(MessageAnswer(message: "bascule ends gracefully"))
        case ["reload"]:
            _ = try EmptyBody(body: body)
            logger.info("reload, asked for by user \(caller.peer.uid) (pid \(caller.peer.pid))")
            return try .json(try await plane.reloads.reload())
        case ["upgrade"]:
            throw Problem(.notServed, "\(path[0]) is not served by this version yet")
        case _:
            throw Problem(.notFound, "there is no /v1/\(path.joined(separator: "/"))")
        }
    }

    /// The one request that brings a file along.
    private func receive(
        _ path: [String], _ request: Request, _ writer: borrowing ResponseWriter,
        _ caller: Caller, _ seat: Seat
    ) async throws(Problem) -> APIAnswer {
        guard path.count == 4, path[0] == "services", Array(path[2...]) == ["database", "restore"]
        else { throw Problem(.badRequest, "a backup is sent to /v1/services/S/database/restore") }
        let service = try plane.service(path[1])
        await RequestContent.ask(for: request, writer)
        var sent = try await SentBody(request, seat)
        let answer = try await DatabaseRoutes.restore(&sent, service, caller)
        seat.now(.working)
        return answer
    }

    private func operate(
        _ verb: String, _ service: ServiceControl, _ body: Data, _ caller: Caller
    ) async throws(Problem) -> APIAnswer {
        do throws(Problem) {
            return try await carryOut(verb, service, body, caller)
        } catch {
            // It has no line in the journal, so that it counts since this controller started.
            if error.reason == .busy, ["switch", "rollback", "deploy"].contains(verb) {
                let parts = service.parts
                parts.counts.add(.busy, Report(), didHold: false, service: parts.name)
            }
            throw error
        }
    }

    private func carryOut(
        _ verb: String, _ service: ServiceControl, _ body: Data, _ caller: Caller
    ) async throws(Problem) -> APIAnswer {
        switch verb {
        case "check": return try .json(try await service.check(try CheckBody(body: body).to))
        case "hold":
            return try .json(try await service.hold(try HoldBody(body: body), by: caller))
        case "release":
            _ = try EmptyBody(body: body)
            return try .json(try await service.release(by: caller))
        case "switch", "rollback":
            let switchBody = try SwitchBody(body: body)
            if verb == "rollback", switchBody.restoreDatabase == true {
                return .operation(
                    try await service.rollBackWithDatabase(switchBody, by: caller),
                    isDetached: switchBody.detach ?? false)
            }
            let events = try await service.start(
                verb == "switch" ? .switch : .rollback, switchBody, by: caller)
            return .operation(events, isDetached: switchBody.detach ?? false)
        case "maintenance":
            return try .json(
                try await service.maintain(try MaintenanceBody(body: body), by: caller))
        case "deploy":
            let events = try await service.deploy(try DeployBody(body: body), by: caller)
            return .operation(events, isDetached: false)
        case "database":
            throw Problem(.notServed, "\(verb) is not served by this version yet")
        case _:
            throw Problem(.notFound, "a service has no \(verb)")
        }
    }

    /// Of an address, in a message.
    private static let shownPathMax = 200

    private func notFound(_ request: Request) -> Problem {
        Problem(.notFound, "there is no \(request.uri.path.prefix(Self.shownPathMax))")
    }

    private func notPermitted(_ visitor: Visitor?) -> Problem {
        let who = visitor.map { $0.caller.peer.user ?? "user \($0.caller.peer.uid)" } ?? "somebody"
        return Problem(
            .notPermitted, "\(who) may read, not operate",
            hint: "use root, the `user` of the configuration, or a member of `control.group`")
    }
}
