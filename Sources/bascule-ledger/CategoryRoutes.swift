internal import HTTPTypes
internal import Hummingbird

/// `/categories`
struct CategoryRoutes: Sendable {
    let ledger: Ledger
    private var level: Int { ledger.identity.level }

    func add(to router: some RouterMethods<LedgerContext>) {
        router.get("categories") { _, _ in
            try await ledger.store.read { [level] in try Category.all($0, level: level) }
        }
        router.get("categories/:id") { _, context in try await one(context) }
        router.post("categories") { request, context in try await create(request, context) }
    }

    private func one(_ context: LedgerContext) async throws -> Category {
        guard let id = context.parameters.get("id", as: Int64.self),
            let category = try await ledger.store.read({ [level] in
                try Category.find($0, id: id, level: level)
            })
        else { throw Problem(.notFound, "there is no such category") }
        return category
    }

    private func create(_ request: Request, _ context: LedgerContext) async throws -> Response {
        let draft = try await request.decoded(Category.Draft.self).validated(level: level)
        let category = try await ledger.store.write { [level] in
            try Category.create($0, draft, level: level)
        }
        return try category.created(at: "/categories/\(category.id)", request, context)
    }
}

extension ResponseEncodable {
    /// 201 with the thing that was made and where it is.
    func created(
        at location: String, _ request: Request, _ context: LedgerContext
    ) throws -> Response {
        var response = try response(from: request, context: context)
        response.status = .created
        response.headers[.location] = location
        return response
    }
}
