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
        guard String(validating: data, as: UTF8.self) != nil else {
            throw Problem(.badRequest, "the body is no JSON: it is not in UTF-8")
        }
        var value = JSONValue.null
        do {
            value = try ControlJSON.decode(JSONValue.self, from: data)
            guard case .object(let members) = value else {
                throw Problem(.badRequest, "the body is no JSON object")
            }
            if let unknown = members.keys.sorted().first(where: { !Self.fields.contains($0) }) {
                let known = Self.fields.isEmpty ? "no field" : Self.fields.joined(separator: ", ")
                throw Problem(.badRequest, "\(unknown): unknown field, expected \(known)")
            }
            try Self.mustBeOverridable(members["override"])
            var repeated = RepeatedField(in: data)
            if let name = repeated.find() {
                throw Problem(.badRequest, "\(name): found twice, expected once")
            }
            self = try ControlJSON.decode(Self.self, from: data)
        } catch let problem as Problem {
            throw problem
        } catch let error as DecodingError {
            throw Problem(.badRequest, error.sentence(of: value))
        } catch {
            throw Problem(.badRequest, "the body is no JSON: \(error)")
        }
    }

    /// As on the command line: what nothing overrides is not taken as if it had been.
    private static func mustBeOverridable(_ names: JSONValue?) throws(Problem) {
        for (index, name) in (names?.array ?? []).enumerated() {
            guard case .string(let text) = name,
                CheckName(rawValue: text)?.isOverridable == false
            else { continue }
            throw Problem(
                .badRequest,
                "override[\(index)]: found \"\(text)\", which cannot be overridden")
        }
    }
}

extension DecodingError {
    /// `override[0]: found …, expected …`; `document`: what was read.
    func sentence(of document: JSONValue) -> String {
        switch self {
        case .typeMismatch(let type, let context) where !context.codingPath.isEmpty:
            let found = document.value(at: context.codingPath)?.kind ?? "nothing"
            return "\(Self.text(of: context.codingPath)): found \(found), expected "
                + Self.name(of: type)
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

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is Int.Type, is Double.Type: "a number"
        case is [Any].Type: "a list"
        case _: "an object"
        }
    }
}

extension JSONValue {
    fileprivate func value(at path: [any CodingKey]) -> JSONValue? {
        path.reduce(self) { value, key in
            if let index = key.intValue {
                return value?.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            }
            return value?.object?[key.stringValue]
        }
    }

    /// What it is, for a message.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .string(let text): "\"\(text.prefix(60))\""
        case .array: "a list"
        case .object: "an object"
        }
    }
}
