import Foundation

/// A table of cases from elsewhere in the format `bad_requests/1`, where `BASCULE_CASES` names it.
struct SharedTable: Decodable {
    struct Part: Decodable {
        var s: String
        var `repeat`: Int?
    }

    /// A status, or a word for any of them.
    struct Status: Decodable {
        var code: Int?

        init(from decoder: any Decoder) throws {
            code = try? decoder.singleValueContainer().decode(Int.self)
        }
    }

    struct Case: Decodable {
        var id: String
        var category: String
        var expect: String
        var alt: [String]
        var status: [Status]
        var raw: String?
        var parts: [Part]?
        var upstreamRequests: [Int]
        var altUpstreamRequests: [Int]?
        var mustClose: Bool
        var clientAction: String?
        var needsUpstream: String?
        var upstreamMust: String?
    }

    var cases: [Case]

    static var path: String? { ProcessInfo.processInfo.environment["BASCULE_CASES"] }

    static func load() throws -> [RequestCase] {
        guard let path else { return [] }
        let data = try Data(contentsOf: URL(filePath: path))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(SharedTable.self, from: data).cases.map(convert)
    }

    private static func convert(_ item: Case) -> RequestCase {
        let parts = item.raw.map { [Part(s: $0)] } ?? item.parts ?? []
        let codes = item.status.map(\.code)
        let otherwise = item.altUpstreamRequests ?? item.upstreamRequests
        return RequestCase(
            id: item.id, kind: item.category,
            octets: parts.flatMap { part in
                Array(repeating: unescape(part.s), count: part.repeat ?? 1).flatMap(\.self)
            },
            manner: manner(item.clientAction), outcome: outcome(item.expect),
            permitted: item.alt.map(outcome),
            statuses: codes.contains(nil) ? [] : codes.compactMap(\.self),
            reaches: item.upstreamRequests[0]...item.upstreamRequests[1],
            reachesOtherwise: otherwise[0]...otherwise[1], mustClose: item.mustClose,
            seen: sight(item.upstreamMust ?? ""), answer: answer(item.needsUpstream))
    }

    private static func outcome(_ word: String) -> RequestCase.Outcome {
        word == "reject" ? .refused : word == "close" ? .closed : .passed
    }

    private static func manner(_ word: String?) -> RequestCase.Manner {
        switch word {
        case "half-close": .halfClose
        case "byte-by-byte": .octetByOctet
        case "split-at-every-cr": .splitAtCR
        case "stall": .stall
        default: .atOnce
        }
    }

    private static func answer(_ word: String?) -> StrictUpstream.Answer {
        switch word {
        case "426": .upgradeRequired
        case "403-early": .earlyRefusal
        default: .ok
        }
    }

    /// Of the table's sentences those that name a body or an absent field; for all others the
    /// strict reader's grammar has to do.
    private static func sight(_ sentence: String) -> RequestCase.Sight {
        var sight = RequestCase.Sight()
        if let match = sentence.firstMatch(of: #/^body (?:is )?'?([\w ]+?)'?(?:[;,]|$)/#),
            !match.output.1.hasPrefix("is "), !match.output.1.contains("octets"),
            !match.output.1.contains(" framed")
        {
            sight.body = String(match.output.1)
        }
        if let match = sentence.firstMatch(of: #/\bno (X-[\w-]+|Content_Length)\b/#) {
            sight.without = [match.output.1.lowercased()]
        }
        if sentence.contains("no body") { sight.body = "" }
        return sight
    }

    /// Python's `unicode_escape`, as far as such tables use it.
    private static func unescape(_ text: String) -> [UInt8] {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                octets.append(octet)
                continue
            }
            switch letter {
            case UInt8(ascii: "r"): octets.append(13)
            case UInt8(ascii: "n"): octets.append(10)
            case UInt8(ascii: "t"): octets.append(9)
            case UInt8(ascii: "x"):
                octets.append(
                    UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: octets.append(letter)
            }
        }
        return octets
    }
}
