internal import Control
internal import HTTPTypes
internal import Journal
internal import Settings

/// The page at `/` of the admin listener: what `bascule status` and `bascule history` say, for a
/// browser.
///
/// It is made anew for every request from the same values as `GET /v1/status`, so the two cannot
/// differ, and it is one document: no script, no image, no file beside it. The browser asks again
/// every other second. Who reads it is unknown, so it can do nothing, and it names no client: what
/// requests asked for may stand in an operation's message, which is therefore left out.
///
/// A look at the shared database costs a process of its own. Browsers that are left open must
/// not cost one every other second: the page takes what was seen in the last ten, and those who ask
/// at the same time get the same page's worth of values.
actor Dashboard {
    /// How old the last look at a database may be.
    static let lookAge: UInt64 = 10_000_000_000
    static let operationsMax = 10
    /// Between two requests of a browser.
    static let refreshSeconds = 2

    static let mediaType = "text/html"

    private var gathering: Task<DashboardContent, Never>?

    /// The page, and the fields that go with it.
    func answer(_ plane: ControlPlane, isStill: Bool) async -> APIAnswer {
        let page = DashboardPage(await content(plane), isStill: isStill)
        return .text(page.html.text, type: Self.mediaType, fields: Self.fields(isStill: isStill))
    }

    /// The style stands in the page, and nothing is ever loaded.
    private static func fields(isStill: Bool) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        fields[.xContentTypeOptions] = "nosniff"
        if !isStill, let refresh = HTTPField.Name("Refresh") {
            fields[refresh] = "\(refreshSeconds)"
        }
        return fields
    }

    private func content(_ plane: ControlPlane) async -> DashboardContent {
        if let gathering { return await gathering.value }
        let task = Task { await DashboardContent(plane) }
        gathering = task
        let content = await task.value
        gathering = nil
        return content
    }
}

extension DashboardContent {
    init(_ plane: ControlPlane) async {
        status = await plane.status(lookAge: Dashboard.lookAge)
        backups = []
        for service in plane.services {
            guard service.parts.settings.database?.backup != nil else {
                backups.append(.notConfigured)
                continue
            }
            let newest = await service.parts.backups.newest
            backups.append(newest.map(Backup.newest) ?? .missing)
        }
        operations = await plane.journal.state().history(
            service: nil, limit: Dashboard.operationsMax)
        now = .now
    }
}
