internal import Control
internal import Foundation
internal import SharedDatabase

/// `POST /v1/services/S/database/…`
enum DatabaseRoutes {
    /// A restore whose backup comes with the request.
    static func restore(
        _ sent: inout SentBody, _ service: ServiceControl, _ caller: Caller
    ) async throws(Problem) -> APIAnswer {
        try RestoreRun.Terms.mustTake(sent.body.override, isSwitch: false)
        try await service.beginReceiving()
        let kept: SentBackup
        do throws(Problem) {
            kept = try await SentBackup.receive(&sent, for: service.parts)
        } catch {
            await service.endReceiving()
            throw error
        }
        await service.endReceiving()
        do throws(Problem) {
            return .operation(
                try await service.restore(sent.body, kept, by: caller),
                isDetached: sent.body.detach ?? false)
        } catch {
            await kept.remove()
            throw error
        }
    }

    static func operate(
        _ verb: String, _ service: ServiceControl, _ body: Data, _ caller: Caller
    ) async throws(Problem) -> APIAnswer {
        switch verb {
        case "backup":
            let backup = try BackupBody(body: body)
            return .operation(
                try await service.backUp(.manual, by: caller), isDetached: backup.detach ?? false)
        case "verify":
            let file = try VerifyBody(body: body).file
            return .operation(try await service.verify(file, by: caller), isDetached: false)
        case "restore":
            let restore = try RestoreBody(body: body)
            return .operation(
                try await service.restore(restore, by: caller),
                isDetached: restore.detach ?? false)
        case "prune":
            return try .json(try await service.prune(try PruneBody(body: body)))
        case "lint":
            return try .json(try await service.lint(try LintBody(body: body)))
        case "drill":
            _ = try EmptyBody(body: body)
            return .operation(try await service.drill(by: caller), isDetached: false)
        case "optimize":
            _ = try EmptyBody(body: body)
            return .operation(try await service.optimize(by: caller), isDetached: false)
        case "unlock":
            _ = try EmptyBody(body: body)
            return .operation(try await service.clearLock(by: caller), isDetached: false)
        case "rehearse":
            let body = try RehearseBody(body: body)
            return .operation(try await service.rehearse(body, by: caller), isDetached: false)
        case _:
            throw Problem(.notFound, "a database has no \(verb)")
        }
    }
}
