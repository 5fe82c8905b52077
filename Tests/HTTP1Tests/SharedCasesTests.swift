import Bytes
import Foundation
import HTTP
import HTTP1
import Testing

/// One request of the shared table of bad requests, where that table lies beside the project.
private struct SharedCase: Decodable {
    struct Part: Decodable {
        var s: String
        var `repeat`: Int?
    }

    /// A status, or a word for any of them.
    enum Status: Decodable, Equatable {
        case code(UInt16)
        case word(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                self = .code(try container.decode(UInt16.self))
            } catch {
                self = .word(try container.decode(String.self))
            }
        }
    }

    var id: String
    var expect: String
    var alt: [String]
    var status: [Status]
    var raw: String?
    var parts: [Part]?
    /// The fewest and the most complete requests that may reach an app.
    var upstreamRequests: [Int]

    enum CodingKeys: String, CodingKey {
        case id, expect, alt, status, raw, parts
        case upstreamRequests = "upstream_requests"
    }

    var octets: [UInt8] {
        if let raw { return Self.unescape(raw) }
        return (parts ?? []).flatMap { part in
            Array(repeating: Self.unescape(part.s), count: part.repeat ?? 1).flatMap(\.self)
        }
    }

    /// Python's `unicode_escape`, as far as the table uses it.
    private static func unescape(_ text: String) -> [UInt8] {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                octets.append(octet)
                continue
            }
            switch letter {
            case UInt8(ascii: "r"): octets.append(0x0d)
            case UInt8(ascii: "n"): octets.append(0x0a)
            case UInt8(ascii: "t"): octets.append(0x09)
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

private struct SharedTable: Decodable {
    var cases: [SharedCase]
}

/// What parsers alone can say of a connection's octets: how many requests were complete, and what
/// ended it.
private struct Judged {
    var complete = 0
    var targets: [String] = []
    var refusedStatus: UInt16?
    /// Octets were missing at the end.
    var isCut = false
}

private func judge(_ octets: [UInt8]) -> Judged {
    var judged = Judged()
    var parser = RequestParser(limits: HeadLimits())
    var fields = FieldTable(capacity: 100)
    var at = 0
    while at < octets.count {
        parser.reset()
        switch parser.parse(octets.span.octets.extracting(at..<octets.count), into: &fields) {
        case .incomplete:
            judged.isCut = true
            return judged
        case .refused(let refusal):
            judged.refusedStatus = refusal.status.rawValue
            return judged
        case .complete(let end):
            let head = parser.head
            let target = octets[at...].prefix(end)
            judged.targets.append(
                Array(target.dropFirst(head.path.lowerBound).prefix(head.path.count)).latin1)
            at += end
            let body = readBody(Array(octets[at...]), head.framing)
            switch body.end {
            case .needsMore:
                judged.isCut = true
                return judged
            case .refused(let status):
                judged.refusedStatus = status
                return judged
            case .complete(let count): at += count
            }
            judged.complete += 1
            if !head.keepsConnection { return judged }
        }
    }
    return judged
}

@Suite("The shared table of bad requests")
struct SharedCasesTests {
    private static let path =
        ProcessInfo.processInfo.environment["BASCULE_CASES"] ?? "../shared/cases/bad_requests.json"

    private static var isThere: Bool { FileManager.default.fileExists(atPath: path) }

    @Test(
        "Every case comes out as the table says, as far as parsers can tell",
        .enabled(if: isThere, "the shared table does not lie beside the project"))
    func table() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.path))
        let table = try JSONDecoder().decode(SharedTable.self, from: data)
        #expect(table.cases.count > 200)
        for item in table.cases {
            let judged = judge(item.octets)
            let isRefused = judged.refusedStatus != nil
            switch item.expect {
            case "reject":
                let isKnown = judged.refusedStatus.map { item.status.contains(.code($0)) } ?? false
                let isCut = judged.isCut && item.alt.contains("close")
                #expect(isKnown || isCut, "\(item.id): \(judged)")
                #expect(judged.complete == 0, "\(item.id): \(judged)")
            case "close":
                #expect(isRefused || judged.isCut, "\(item.id): \(judged)")
                #expect(judged.complete == 0, "\(item.id): \(judged)")
            default:
                // Forwarded, or refused where the RFC permits that too.
                let isFine = judged.complete > 0 || (isRefused && item.alt.contains("reject"))
                #expect(isFine, "\(item.id): \(judged)")
                let most = item.upstreamRequests.last ?? 0
                #expect(isRefused || judged.complete <= most, "\(item.id): \(judged)")
            }
        }
    }
}
