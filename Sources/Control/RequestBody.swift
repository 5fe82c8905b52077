public import Foundation

/// A request's body. A field that is not known is refused: a misspelt `overide` must not pass as
/// if it had not been written.
public protocol RequestBody: Codable, Sendable {
    /// The names that may stand in it.
    static var fields: [String] { get }
}

extension RequestBody {
    /// Reads a body; no octet at all stands for `{}`. Throws a `Problem` (400) that says which
    /// field, what was found, and what was expected.
    public init(body: Data) throws(Problem) {
        let data = body.isEmpty ? Data("{}".utf8) : body
        do {
            let value = try ControlJSON.decode(JSONValue.self, from: data)
            guard case .object(let members) = value else {
                throw Problem(.badRequest, "the body is no JSON object")
            }
            if let unknown = members.keys.sorted().first(where: { !Self.fields.contains($0) }) {
                let known = Self.fields.isEmpty ? "no field" : Self.fields.joined(separator: ", ")
                throw Problem(.badRequest, "\(unknown): unknown field, expected \(known)")
            }
            self = try ControlJSON.decode(Self.self, from: data)
        } catch let problem as Problem {
            throw problem
        } catch let error as DecodingError {
            throw Problem(.badRequest, error.sentence)
        } catch {
            throw Problem(.badRequest, "the body is no JSON: \(error)")
        }
    }
}

extension DecodingError {
    /// `override[0]: found …, expected …`.
    var sentence: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            let path = Self.text(of: context.codingPath)
            return path.isEmpty
                ? "the body is no JSON: \(context.debugDescription)"
                : "\(path): \(context.debugDescription)"
        case .keyNotFound(let key, _):
            return "\(key.stringValue): missing"
        @unknown default:
            return "the body cannot be read: \(self)"
        }
    }

    private static func text(of path: [any CodingKey]) -> String {
        path.reduce("") { text, key in
            if let index = key.intValue { return "\(text)[\(index)]" }
            return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
        }
    }
}
