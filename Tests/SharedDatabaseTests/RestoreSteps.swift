import Testing

@testable import SharedDatabase

/// What a controller says to a restore step by step, and has to hear each time; anything else fails
/// the test.
extension JobBench {
    func losses() throws -> RestorePreview {
        let notice = try next()
        guard case .losses(let seen) = notice else { throw Unexpected(notice) }
        return seen
    }

    /// Lets it begin. Returns what is kept of the database as it is: the name of the safety copy,
    /// or where the file was moved to.
    @discardableResult
    func ready() throws -> String {
        try say(.go)
        let notice = try next()
        guard case .ready(let safety) = notice else { throw Unexpected(notice) }
        return safety
    }

    @discardableResult
    func commit() throws -> DatabaseFacts {
        try say(.commit)
        let notice = try next()
        guard case .restored(let facts) = notice else { throw Unexpected(notice) }
        return facts
    }

    func keep() throws {
        try say(.keep)
        try waitForEnd()
    }

    private struct Unexpected: Error {
        let notice: DatabaseNotice

        init(_ notice: DatabaseNotice) { self.notice = notice }
    }
}
