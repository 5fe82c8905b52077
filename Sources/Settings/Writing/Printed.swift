internal import Control

/// A tree that is written as YAML or JSON, with its keys in a chosen order.
indirect enum Printed {
    /// Written as it is: numbers, true, false.
    case literal(String)
    case text(String)
    case list([Printed])
    case mapping([(key: String, value: Printed)])
}

extension Printed {
    static func texts(_ texts: [String]) -> Printed { .list(texts.map { .text($0) }) }
    static func number(_ number: some BinaryInteger) -> Printed { .literal("\(number)") }
    static func flag(_ flag: Bool) -> Printed { .literal(flag ? "true" : "false") }
    /// 0 is the one size without a unit.
    static func size(_ size: ByteSize) -> Printed {
        size.bytes == 0 ? .literal("0") : .text(size.description)
    }
    static func described(_ value: some CustomStringConvertible) -> Printed {
        .text(value.description)
    }

    /// One line (RFC 8259).
    var json: String {
        switch self {
        case .literal(let text): text
        case .text(let text): Self.quoted(text)
        case .list(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .mapping(let members):
            "{" + members.map { "\(Self.quoted($0.key)):\($0.value.json)" }.joined(separator: ",")
                + "}"
        }
    }

    /// Block style, two spaces a level, with a line break at the end.
    var yaml: String {
        var lines: [String] = []
        write(indent: 0, into: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private func write(indent: Int, into lines: inout [String]) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .mapping(let members):
            for (key, value) in members {
                if let short = value.inline {
                    lines.append("\(margin)\(Self.plain(key)): \(short)")
                } else {
                    lines.append("\(margin)\(Self.plain(key)):")
                    value.write(indent: indent + 2, into: &lines)
                }
            }
        case .list(let elements):
            for element in elements {
                if let short = element.inline {
                    lines.append("\(margin)- \(short)")
                    continue
                }
                let first = lines.count
                element.write(indent: indent + 2, into: &lines)
                lines[first] = "\(margin)- " + lines[first].dropFirst(indent + 2)
            }
        case .literal, .text:
            lines.append("\(margin)\(inline ?? "")")
        }
    }

    /// What fits behind a key: everything but filled mappings and lists of them.
    private var inline: String? {
        switch self {
        case .literal(let text): return text
        case .text(let text): return Self.plain(text)
        case .list(let elements):
            let texts = elements.compactMap(\.inline)
            return texts.count == elements.count
                ? "[" + texts.joined(separator: ", ") + "]" : nil
        case .mapping(let members): return members.isEmpty ? "{}" : nil
        }
    }

    /// Unquoted where YAML 1.1 and 1.2 both read plain text.
    private static func plain(_ text: String) -> String {
        let reserved = [
            "true", "false", "yes", "no", "on", "off", "y", "n", "null",
        ]
        let isPlain = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "%"):
                true
            case _: false
            }
        }
        let hasLetter = text.contains { $0.isLetter || $0 == "%" || $0 == "/" }
        let startsWell = text.first.map { $0.isLetter || $0.isNumber || $0 == "/" } ?? false
        return isPlain && hasLetter && startsWell && !reserved.contains(text.lowercased())
            && Double(text) == nil && !text.hasPrefix("0x") && !text.hasPrefix("0o")
            ? text : quoted(text)
    }

    /// A JSON string, which is a YAML double-quoted scalar too.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
