internal import HTTPTypes
internal import Hummingbird

/// `/reports/monthly?month=2026-01`
struct ReportRoutes: Sendable {
    let ledger: Ledger

    func add(to router: some RouterMethods<LedgerContext>) {
        router.get("reports/monthly") { request, _ in
            guard let asked = request.uri.queryParameters["month"] else {
                throw Problem(.badRequest, "`month` is missing, such as ?month=2026-01")
            }
            let month = try Month(asked: asked)
            return try await ledger.store.read { [level = ledger.identity.level] in
                try MonthlyReport.read($0, month, level: level)
            }
        }
    }
}
