internal import Foundation
public import Settings

/// The migrations that a target says it knows, taken from a probe's answer.
public enum StatedMigrations: Hashable, Sendable {
    /// The service has no `database.expect`.
    case notAsked
    /// It was asked and said nothing of use; the reason is a sentence for a person.
    case nothing(reason: String)
    case latest(String)
    /// All that it knows, oldest first; never empty.
    case known([String])

    /// More names than any application has; what is beyond is refused, not cut.
    public static let namesMax = 10_000

    public init(_ answer: ProbeAnswer?, expectation: Expectation?) {
        guard let expectation else {
            self = .notAsked
            return
        }
        guard let answer, case .answered(let status, let fields, let body) = answer.result else {
            self = .nothing(reason: answer?.message ?? "it was not probed yet")
            return
        }
        guard answer.isPassed else {
            self = .nothing(reason: "its health answer was \(status)")
            return
        }
        switch expectation {
        case .healthField(let name): self = Self.inBody(body, field: name)
        case .header(let name): self = Self.inFields(fields, name: name)
        case .file: self = .nothing(reason: "`expect.file` is not served by this version")
        case .command: self = .nothing(reason: "`expect.command` is not served by this version")
        }
    }

    /// The newest; nil where nothing is stated.
    public var latest: String? {
        switch self {
        case .notAsked, .nothing: nil
        case .latest(let name): name
        case .known(let names): names.last
        }
    }

    /// The field's own value, or the whole set: a list under the field's name, or beside it under
    /// `migrations`, tells more than the latest and comes first.
    private static func inBody(_ body: [UInt8], field: String) -> StatedMigrations {
        let json: [String: Any]
        do {
            guard
                let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
            else { return .nothing(reason: "its health answer is no JSON object") }
            json = object
        } catch {
            return .nothing(reason: "its health answer is no JSON")
        }
        for name in ["migrations", field] {
            guard let list = json[name] as? [Any] else { continue }
            return set(list, field: name)
        }
        guard let value = json[field] else {
            return .nothing(reason: "its health answer has no field `\(field)`")
        }
        guard let name = value as? String, !name.isEmpty else {
            return .nothing(reason: "the field `\(field)` of its health answer names no migration")
        }
        return .latest(name)
    }

    private static func set(_ list: [Any], field: String) -> StatedMigrations {
        let names = list.compactMap { $0 as? String }.filter { !$0.isEmpty }
        guard names.count == list.count, !names.isEmpty, names.count <= namesMax else {
            return .nothing(
                reason: "the field `\(field)` of its health answer is no list of 1 to \(namesMax) "
                    + "names")
        }
        return .known(names)
    }

    private static func inFields(_ fields: [ProbeAnswer.Field], name: String) -> StatedMigrations {
        let wanted = name.lowercased()
        guard let value = fields.first(where: { $0.name == wanted })?.value, !value.isEmpty else {
            return .nothing(reason: "its health answer has no header `\(name)`")
        }
        return .latest(value)
    }
}
