internal import Foundation
internal import GRDB
internal import Kernel

/// The schema, and the migrations that made it, of one instant.
public struct SchemaAnswer: Codable, Hashable, Sendable {
    /// What the gate would have read in the same moment.
    public let facts: DatabaseFacts
    /// A `Schema` as JSON: kept as it came, read only where two are compared.
    public let schema: String

    public init(facts: DatabaseFacts, schema: String) {
        self.facts = facts
        self.schema = schema
    }
}

/// Reads the schema of the live database.
public enum SchemaReader {
    /// One read transaction for schema and history; waits for locks as the gate does.
    ///
    /// `path` is the file as the accepted configuration names it.
    public static func answer(path: String) -> DatabaseAnswer {
        let patience = GateRequest.patientMilliseconds
        let busyTimeout = Gate.busyTimeout(of: patience)
        let deadline = Instant.now.advanced(byNanoseconds: UInt64(patience) * 1_000_000)
        var reason = "it was changed while it was read"
        for _ in 0..<Gate.triesMax where Instant.now < deadline {
            do throws(SharedFile.Refusal) {
                let file = try SharedFile(at: path)
                let opening = try file.opening(user: ThisProcess.userIdentifier)
                let answer = try file.read(opening, busyTimeout: busyTimeout, read)
                if case .immutable = opening, !file.isUntouched { continue }
                return .schema(answer: answer)
            } catch {
                reason = "\(error)"
            }
        }
        return .failed(reason: "the schema could not be read: \(reason)")
    }

    static func read(_ database: Database) throws -> SchemaAnswer {
        let objects = try SchemaObject.all(in: database)
        return SchemaAnswer(
            facts: try DatabaseFacts(reading: database),
            schema: try Schema(reading: database, objects: objects).text)
    }
}

extension Schema {
    /// As JSON with its members in one order: equal schemas give equal text.
    public var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// Throws a `DecodingError` where the text is no schema, or one of another time.
    public init(text: String) throws {
        self = try JSONDecoder().decode(Schema.self, from: Data(text.utf8))
    }
}

extension SchemaObject {
    /// Every row of `sqlite_schema`.
    static func all(in database: Database) throws -> [SchemaObject] {
        try Row.fetchAll(database, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema").map {
            row in
            func text(_ index: Int) -> String { String.fromDatabaseValue(row[index]) ?? "" }
            return SchemaObject(type: text(0), name: text(1), table: text(2), sql: text(3))
        }
    }
}
