internal import Foundation

/// Finds a field that stands twice in one object of a JSON document. Foundation's decoder takes the
/// first in silence, others the last (RFC 8259 section 4): what was meant is not known.
struct RepeatedField {
    private let octets: [UInt8]
    private var at = 0
    /// The fields of the objects that are open, outermost first; nil for a list.
    private var open: [Set<String>?] = []

    /// `document`: JSON, which the caller has made sure of.
    init(in document: Data) { octets = Array(document) }

    /// The first that stands twice; nil without one.
    mutating func find() -> String? {
        while at < octets.count {
            switch octets[at] {
            case UInt8(ascii: "{"): open.append([])
            case UInt8(ascii: "["): open.append(nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: "\""):
                let text = passText()
                if isName, let name = Self.name(text), !note(name) { return name }
                continue
            case _: break
            }
            at += 1
        }
        return nil
    }

    /// Goes behind a text; returns it with its quotes.
    private mutating func passText() -> ArraySlice<UInt8> {
        let start = at
        at += 1
        while at < octets.count, octets[at] != UInt8(ascii: "\"") {
            at += octets[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        at = min(at + 1, octets.count)
        return octets[start..<at]
    }

    /// Whether what was passed is a field's name: a colon follows.
    private var isName: Bool {
        let next = octets[at...].first {
            ![UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
                .contains($0)
        }
        return next == UInt8(ascii: ":")
    }

    /// `"t\u006f"` is the name `to`.
    private static func name(_ text: ArraySlice<UInt8>) -> String? {
        guard text.contains(UInt8(ascii: "\\")) else {
            return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
        }
        return try? ControlJSON.decode(String.self, from: Data(text))
    }

    /// False where the innermost object has it already.
    private mutating func note(_ name: String) -> Bool {
        guard let last = open.indices.last, open[last] != nil else { return true }
        return open[last]?.insert(name).inserted ?? true
    }
}
