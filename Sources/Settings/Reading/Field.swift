internal import Control
internal import Yams

/// One value of the tree on its way to a typed one. What is wrong is reported; then the result is
/// nil, and the reader goes on with the default.
struct Field {
    let node: Node
    let path: String
    let document: Document
    let findings: Findings

    var place: Place { Place(node) }

    /// The value as it was written, for messages.
    var found: String {
        switch node {
        case .scalar(let scalar):
            if isNull { return "nothing" }
            let text = scalar.string
            return text.count > 60 ? "\"\(text.prefix(60))…\"" : "\"\(text)\""
        case .mapping(let mapping): return mapping.isEmpty ? "an empty mapping" : "a mapping"
        case .sequence(let list): return list.isEmpty ? "an empty list" : "a list"
        case .alias: return "an alias"
        }
    }

    func report(_ message: String) { findings.error(place, path, message) }

    func need(_ kind: MachineNeed.Kind, _ name: String) { findings.need(kind, name, place, path) }

    func reject(expected: String, hint: String? = nil) {
        report("found \(found), expected \(expected)" + (hint.map { " (\($0))" } ?? ""))
    }

    /// A key without a value, `~` or `null`, unquoted.
    var isNull: Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// In quotes it is text, whatever it looks like.
    private var isQuoted: Bool { node.scalar.map { $0.style != .plain } ?? false }

    /// Text, quoted or not.
    func text(expected: String) -> String? {
        guard let scalar = node.scalar, !isNull else {
            reject(expected: expected)
            return nil
        }
        return scalar.string
    }

    /// Anything that has a text of its own.
    func value<Value: LosslessStringConvertible>(expected: String) -> Value? {
        guard let text = text(expected: expected) else { return nil }
        guard let value = Value(text) else {
            reject(expected: expected)
            return nil
        }
        return value
    }

    func flag() -> Bool? {
        let expected = "true or false"
        if isQuoted {
            reject(expected: expected, hint: "without quotes")
            return nil
        }
        guard let text = text(expected: expected) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        case _:
            reject(expected: expected)
            return nil
        }
    }

    func integer(in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        if isQuoted {
            reject(expected: expected, hint: "without quotes")
            return nil
        }
        guard let text = text(expected: expected) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            reject(expected: expected)
            return nil
        }
        return number
    }

    func timeSpan(in range: ClosedRange<TimeSpan>) -> TimeSpan? {
        guard let text = text(expected: TimeSpan.expected) else { return nil }
        guard let span = TimeSpan(text) else {
            let hint = Int(text).map { "\($0)s are seconds, \($0)ms milliseconds" }
            reject(expected: TimeSpan.expected, hint: hint)
            return nil
        }
        guard range.contains(span) else {
            reject(expected: "from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return span
    }

    func byteSize(in range: ClosedRange<ByteSize>) -> ByteSize? {
        guard let text = text(expected: ByteSize.expected) else { return nil }
        guard let size = ByteSize(text) else {
            let hint = Int(text).map { "\($0)B are octets" }
            reject(expected: ByteSize.expected, hint: hint)
            return nil
        }
        guard range.contains(size) else {
            reject(expected: "from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return size
    }

    /// One of an enumeration's words.
    func word<Word: RawRepresentable & CaseIterable>() -> Word? where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        let expected = words.count == 2 ? words.joined(separator: " or ") : list(words)
        guard let text = text(expected: expected) else { return nil }
        guard let word = Word(rawValue: text) else {
            reject(expected: expected, hint: nearest(to: text, in: words).map(didYouMean))
            return nil
        }
        return word
    }

    private func list(_ words: [String]) -> String { "one of " + words.joined(separator: ", ") }

    /// An absolute path without NUL, at most 4095 octets (PATH_MAX with its NUL is 4096).
    func path(emptyAllowed: Bool = false) -> String? {
        let expected = "an absolute path" + (emptyAllowed ? " or \"\"" : "")
        guard let text = text(expected: expected) else { return nil }
        if emptyAllowed, text.isEmpty { return text }
        guard text.hasPrefix("/"), text.utf8.count <= 4095, !text.utf8.contains(0) else {
            reject(expected: expected)
            return nil
        }
        return text
    }

    /// The path of a file that has to be there.
    func neededFile(emptyAllowed: Bool = false) -> String? {
        let path = path(emptyAllowed: emptyAllowed)
        if let path, !path.isEmpty { need(.file, path) }
        return path
    }

    /// The elements of a list.
    func elements(_ count: ClosedRange<Int>, of what: String) -> [Field]? {
        let expected = "a list of \(count.lowerBound) to \(count.upperBound) \(what)"
        guard let sequence = node.sequence, count.contains(sequence.count) else {
            let size = node.sequence.map { $0.isEmpty ? "" : " with \($0.count)" } ?? ""
            report("found \(found)\(size), expected \(expected)")
            return nil
        }
        return sequence.enumerated().map { index, node in
            Field(node: node, path: "\(path)[\(index)]", document: document, findings: findings)
        }
    }

    /// A list of texts.
    func texts(_ count: ClosedRange<Int>, of what: String) -> [String]? {
        elements(count, of: what)?.compactMap { $0.text(expected: "text") }
    }

    /// A mapping; one without a value counts as empty, as when all its lines are commented out.
    func section() -> Section? {
        if let mapping = node.mapping { return Section(mapping, of: self) }
        if isNull { return Section(Node.Mapping([]), of: self) }
        reject(expected: "a mapping")
        return nil
    }
}
