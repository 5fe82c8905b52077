import Foundation

/// One connection's octets, and what must come of them.
struct RequestCase: Sendable {
    enum Outcome: String, Sendable, Decodable {
        /// A final answer of 400 or more, nothing forwarded beyond `reaches`, then the end.
        case refused
        /// The end, with an answer or without one.
        case closed
        /// At least one request reaches the app as `seen` says, and an answer comes back.
        case passed
    }

    /// How the octets are sent.
    enum Manner: String, Sendable, Decodable {
        case atOnce
        case octetByOctet
        /// Every CR begins a segment of its own.
        case splitAtCR
        /// The client ends its side after them.
        case halfClose
        /// The client sends no more and waits.
        case stall
    }

    /// What an app sees of the first request.
    struct Sight: Sendable, Decodable {
        var target: String?
        var body: String?
        /// Fields with these values and no others of the name; names in lower case.
        var fields: [String: [String]]?
        /// Names that no field has.
        var without: [String]?
    }

    var id: String
    var kind: String
    var octets: [UInt8]
    var manner = Manner.atOnce
    var outcome: Outcome
    /// Other outcomes that are permitted.
    var permitted: [Outcome] = []
    /// What the first final status may be; empty: any that fits the outcome.
    var statuses: [Int] = []
    /// Complete requests that reach an app.
    var reaches: ClosedRange<Int>
    /// The same, where a permitted outcome comes about.
    var reachesOtherwise: ClosedRange<Int>
    var mustClose: Bool
    var seen = Sight()
    var answer = StrictUpstream.Answer.ok
}

/// The project's own table, `Tests/Cases/requests`: rules rather than single requests.
///
/// One character of a text is one octet (Latin-1). `each` gives ranges of octets in hexadecimal
/// (`00-08,7f`); every octet of them is put in the place of `{}` and makes a case.
struct OwnTable: Decodable {
    struct Rule: Decodable {
        var id: String
        var kind: String
        var send: [Part]
        var each: String?
        var how: RequestCase.Manner?
        var outcome: RequestCase.Outcome
        var statuses: [Int]?
        var reaches: Int?
        var closes: Bool?
        var seen: RequestCase.Sight?
        var app: StrictUpstream.Answer?
    }

    /// A text, or `["text", 70000]` for so many of it.
    enum Part: Decodable {
        case text(String, times: Int)

        init(from decoder: any Decoder) throws {
            if var list = try? decoder.unkeyedContainer() {
                self = .text(try list.decode(String.self), times: try list.decode(Int.self))
            } else {
                self = .text(try decoder.singleValueContainer().decode(String.self), times: 1)
            }
        }

        func octets(_ inserted: UInt8?) -> [UInt8] {
            guard case .text(let text, let times) = self else { return [] }
            var octets = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            if let inserted, let place = octets.firstRange(of: Array("{}".utf8), from: 0) {
                octets.replaceSubrange(place..<(place + 2), with: [inserted])
            }
            return Array(repeating: octets, count: times).flatMap(\.self)
        }
    }

    var rules: [Rule]

    static func load() throws -> [RequestCase] {
        let folder = BuildFolder.repository.appending(path: "Tests/Cases/requests")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.flatMap { file in
            let table = try JSONDecoder().decode(OwnTable.self, from: Data(contentsOf: file))
            return table.rules.flatMap(cases)
        }
    }

    private static func cases(_ rule: Rule) -> [RequestCase] {
        guard let each = rule.each else { return [one(rule, nil)] }
        return each.split(separator: ",").flatMap { range in
            let ends = range.split(separator: "-").compactMap { UInt8($0, radix: 16) }
            return ((ends.first ?? 0)...(ends.last ?? 0)).map { one(rule, $0) }
        }
    }

    private static func one(_ rule: Rule, _ octet: UInt8?) -> RequestCase {
        let reaches = rule.reaches ?? (rule.outcome == .passed ? 1 : 0)
        return RequestCase(
            id: octet.map { "\(rule.id)-\(String($0, radix: 16))" } ?? rule.id, kind: rule.kind,
            octets: rule.send.flatMap { $0.octets(octet) }, manner: rule.how ?? .atOnce,
            outcome: rule.outcome,
            statuses: rule.statuses ?? (rule.outcome == .refused ? [400] : []),
            reaches: reaches...reaches, reachesOtherwise: reaches...reaches,
            mustClose: rule.closes ?? (rule.outcome != .passed), seen: rule.seen ?? .init(),
            answer: rule.app ?? .ok)
    }
}
