internal import HTTPTypes
internal import Hummingbird

/// `/transactions`
struct TransactionRoutes: Sendable {
    let ledger: Ledger
    private var level: Int { ledger.identity.level }

    func add(to router: some RouterMethods<LedgerContext>) {
        router.get("transactions") { request, _ in
            let query = try TransactionPage.Query(request)
            return try await ledger.store.read { [level] in
                try TransactionPage.read($0, query, level: level)
            }
        }
        router.get("transactions/:id") { _, context in try await one(context) }
        router.post("transactions") { request, context in try await create(request, context) }
        router.delete("transactions/:id") { _, context in
            let id = context.parameters.get("id") ?? ""
            guard try await ledger.store.write({ try Transaction.delete($0, id: id) }) else {
                throw Problem(.notFound, "there is no such transaction")
            }
            return Response(status: .noContent)
        }
    }

    private func one(_ context: LedgerContext) async throws -> Transaction {
        let id = context.parameters.get("id") ?? ""
        guard
            let transaction = try await ledger.store.read({ [level] in
                try Transaction.find($0, id: id, level: level)
            })
        else { throw Problem(.notFound, "there is no such transaction") }
        return transaction
    }

    /// The answer leaves after the commit and after the line in the log.
    private func create(_ request: Request, _ context: LedgerContext) async throws -> Response {
        let draft = try await request.decoded(Transaction.Draft.self)
        try draft.validate(level: level)
        let transaction = try await ledger.store.write { [level] in
            try Transaction.create($0, draft, level: level)
        }
        try await ledger.accepted?.note(
            transaction: transaction.id, requestID: request.requestID)
        return try transaction.created(at: "/transactions/\(transaction.id)", request, context)
    }
}
