internal import Control
internal import Foundation

/// A health answer as JSON, and the places in it where applications state what they know.
///
/// The top level comes first. Else the parts of the formats that are about: ASP.NET's health UI
/// (`entries.NAME.data`), the draft for health+json (`checks.NAME[]`), Spring Boot
/// (`components.NAME.details`), and its endpoint for Flyway.
struct HealthDocument {
    /// Why there is no JSON object; empty where there is one.
    private let problem: String
    private let root: [String: JSONValue]
    private let parts: [Part]

    private struct Part {
        /// As `health_field` would name it: `entries.schema.data`.
        let path: String
        let object: [String: JSONValue]
    }

    init(_ body: [UInt8]) {
        guard let first = body.first(where: { $0 != 0x20 && !(0x09...0x0d).contains($0) }) else {
            self.init(problem: "its health answer is empty")
            return
        }
        do {
            let value = try JSONDecoder().decode(JSONValue.self, from: Data(body))
            guard case .object(let object) = value else {
                self.init(problem: "its health answer is no JSON object")
                return
            }
            self.init(problem: "", root: object, parts: Self.parts(of: object))
        } catch {
            let isText = first != UInt8(ascii: "{") && first != UInt8(ascii: "[")
            let text = Self.shown(body)
            self.init(
                problem: isText
                    ? "its health answer is plain text, \"\(text)\""
                    : "its health answer is no JSON")
        }
    }

    private init(problem: String, root: [String: JSONValue] = [:], parts: [Part] = []) {
        self.problem = problem
        self.root = root
        self.parts = parts
    }

    /// The start of a text that an application wrote, without what a terminal would obey.
    private static func shown(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(40), as: UTF8.self)
        return String(
            text.map { $0.isNewline || $0.asciiValue.map { $0 < 0x20 } == true ? " " : $0 })
    }

    private static func parts(of root: [String: JSONValue]) -> [Part] {
        func members(_ name: String) -> [(String, JSONValue)] {
            (root[name]?.object ?? [:]).sorted { $0.key < $1.key }
        }
        var parts: [Part] = []
        func add(_ path: String, _ value: JSONValue?) {
            if let object = value?.object { parts.append(Part(path: path, object: object)) }
        }
        for (name, entry) in members("entries") {
            add("entries.\(name).data", entry.object?["data"])
        }
        for (name, check) in members("checks") {
            for (index, element) in (check.array ?? [check]).enumerated() {
                add("checks.\(name).\(index)", element)
            }
        }
        for (name, component) in members("components") {
            add("components.\(name).details", component.object?["details"])
        }
        return parts
    }

    // MARK: Migrations

    /// The set of all that the target knows, else its latest. `field`: a name, or several with dots
    /// between, for a place further inside.
    func migrations(field: String) -> StatedMigrations {
        guard problem.isEmpty else { return .nothing(reason: problem) }
        if let found = Self.stated(in: root, field) ?? inside(field) { return found }
        if let names = flyway(isKnown: { !$0.hasPrefix("FUTURE") && !$0.hasPrefix("MISSING") }) {
            return Self.set(names.map(JSONValue.string), field: "contexts")
        }
        var found: [(path: String, stated: StatedMigrations)] = []
        for part in parts {
            guard let stated = Self.stated(in: part.object, field),
                !found.contains(where: { $0.stated == stated })
            else { continue }
            found.append((part.path, stated))
        }
        switch found.count {
        case 0: return .nothing(reason: "its health answer has no field `\(field)`")
        case 1: return found[0].stated
        case _:
            let places = found.map(\.path).joined(separator: " and ")
            return .nothing(
                reason: "\(places) of its health answer state different migrations: name one, "
                    + "expect: {health_field: \(found[0].path).\(field)}")
        }
    }

    /// A list tells more than the latest and comes first.
    private static func stated(
        in object: [String: JSONValue], _ field: String
    ) -> StatedMigrations? {
        for name in ["migrations", "known", field] {
            switch object[name] {
            case .array(let list): return set(list, field: name)
            case .object(let applications)
            where !applications.isEmpty && applications.values.allSatisfy { $0.array != nil }:
                return set(flattened(applications), field: name)
            case .null, .bool, .integer, .number, .string, .object, nil: continue
            }
        }
        for name in [field, "expected", "migration"] {
            guard let value = object[name] else { continue }
            guard let id = self.name(value) else {
                return .nothing(
                    reason: "the field `\(name)` of its health answer names no migration")
            }
            return .latest(id)
        }
        return nil
    }

    private func inside(_ field: String) -> StatedMigrations? {
        let steps = field.split(separator: ".").map(String.init)
        guard steps.count > 1, let last = steps.last else { return nil }
        var place = JSONValue.object(root)
        for step in steps.dropLast() {
            let next =
                place.object?[step]
                ?? Int(step).flatMap { index in
                    place.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                }
            guard let next else { return nil }
            place = next
        }
        guard let object = place.object, object[last] != nil else { return nil }
        return Self.stated(in: object, last)
    }

    /// `{"shop": ["0001_initial"]}`, as Django keeps them: by application.
    private static func flattened(_ applications: [String: JSONValue]) -> [JSONValue] {
        applications.sorted { $0.key < $1.key }.flatMap { application, list in
            (list.array ?? []).map { element in
                name(element).map { .string("\(application).\($0)") } ?? .null
            }
        }
    }

    private static func set(_ list: [JSONValue], field: String) -> StatedMigrations {
        let names = list.compactMap(name)
        guard names.count == list.count, !names.isEmpty,
            names.count <= StatedMigrations.namesMax
        else {
            return .nothing(
                reason: "the field `\(field)` of its health answer is no list of 1 to "
                    + "\(StatedMigrations.namesMax) names")
        }
        return .known(names)
    }

    /// Some tools number their migrations.
    static func name(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text):
            (1...StatedMigrations.nameBytesMax).contains(text.utf8.count) ? text : nil
        case .integer(let number): String(number)
        case .null, .bool, .number, .array, .object: nil
        }
    }

    // MARK: Spring Boot's endpoint for Flyway

    var flywayPending: [String]? { flyway { $0 == "PENDING" } }

    /// Versions of `contexts.NAME.flywayBeans.NAME.migrations[]` in a state; nil where this is no
    /// answer of that endpoint.
    private func flyway(isKnown: (String) -> Bool) -> [String]? {
        guard let contexts = root["contexts"]?.object else { return nil }
        let beans = contexts.sorted { $0.key < $1.key }.flatMap { context in
            (context.value.object?["flywayBeans"]?.object ?? [:]).sorted { $0.key < $1.key }
        }
        guard !beans.isEmpty else { return nil }
        return beans.flatMap { $0.value.object?["migrations"]?.array ?? [] }.compactMap {
            guard let state = $0.object?["state"]?.string, state != "BASELINE", isKnown(state)
            else { return nil }
            return $0.object?["version"].flatMap(Self.name)
        }
    }

    // MARK: The rest

    /// A field's value at the top level, else in the first part that has it.
    func first(_ field: String) -> JSONValue? {
        root[field] ?? parts.lazy.compactMap { $0.object[field] }.first
    }
}
