/// A word of an SQL statement as SQLite stores it in `sqlite_schema`
/// (https://sqlite.org/lang_keywords.html, https://sqlite.org/lang_expr.html).
struct SQLToken: Hashable {
    enum Kind: Hashable {
        /// A keyword, or a name without quotes; in lower case, since neither knows case.
        case word
        /// A quoted name, without its quotes.
        case name
        /// A string or a blob, as it was written.
        case literal
        case number
        /// Operators and punctuation, of one character or two.
        case mark
    }

    let kind: Kind
    let text: String

    func isWord(_ word: String) -> Bool { kind == .word && text == word }
    func isMark(_ mark: String) -> Bool { kind == .mark && text == mark }

    /// Whether it can name something.
    var isName: Bool {
        switch kind {
        case .word, .name: true
        // SQLite takes a string where only a name can stand.
        case .literal: true
        case .number, .mark: false
        }
    }

    /// What it names.
    var asName: String {
        guard kind == .literal else { return text }
        return String(text.dropFirst().dropLast()).replacing("''", with: "'")
    }

    /// All words of a statement; comments and spacing left out.
    static func all(in sql: String) -> [SQLToken] {
        var scanner = SQLScanner(Array(sql.utf8))
        var tokens: [SQLToken] = []
        while let token = scanner.next() { tokens.append(token) }
        return tokens
    }
}

extension [SQLToken] {
    /// One text for all ways to write the same: spacing, comments, case of words and quotes around
    /// the names of `columns` (in lower case) do not count.
    func canonical(columns: Set<String> = []) -> String {
        map { token in
            switch token.kind {
            case .word, .literal, .number: return token.text
            case .name:
                let name = token.text.asciiLowercased
                // Anything else in double quotes may be a string, in which case counts.
                guard columns.contains(name) else { return token.text.asSQLName }
                return name.utf8.contains(UInt8(ascii: "\"")) ? name.asSQLName : name
            case .mark:
                switch token.text {
                case "==": return "="
                case "!=": return "<>"
                case _: return token.text
                }
            }
        }.joined(separator: " ")
    }

    /// Without the parentheses around all of it.
    var unwrapped: [SQLToken] {
        var tokens = self
        while tokens.first?.isMark("(") == true, tokens.group(at: 0)?.upperBound == tokens.count {
            tokens = Array(tokens.dropFirst().dropLast())
        }
        return tokens
    }

    /// The parenthesis that opens at `start`, to its end, both included; nil where it has none.
    func group(at start: Int) -> Range<Int>? {
        guard start < count, self[start].isMark("(") else { return nil }
        var depth = 0
        for index in start..<count {
            if self[index].isMark("(") { depth += 1 }
            if self[index].isMark(")") { depth -= 1 }
            if depth == 0 { return start..<index + 1 }
        }
        return nil
    }

    /// What stands between the commas of a list.
    var items: [[SQLToken]] {
        var items: [[SQLToken]] = [[]]
        var depth = 0
        for token in self {
            if token.isMark("(") { depth += 1 }
            if token.isMark(")") { depth -= 1 }
            if depth == 0, token.isMark(",") {
                items.append([])
            } else {
                items[items.count - 1].append(token)
            }
        }
        return items
    }
}

/// Reads an SQL text from its first octet to its last.
private struct SQLScanner {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    private func octet(_ ahead: Int = 0) -> UInt8? {
        position + ahead < octets.count ? octets[position + ahead] : nil
    }

    mutating func next() -> SQLToken? {
        skipSpace()
        guard let first = octet() else { return nil }
        switch first {
        case UInt8(ascii: "'"):
            return SQLToken(kind: .literal, text: "'" + quoted(first, keepsDoubled: true) + "'")
        case UInt8(ascii: "\""), UInt8(ascii: "`"):
            return SQLToken(kind: .name, text: quoted(first, keepsDoubled: false))
        case UInt8(ascii: "["):
            return SQLToken(kind: .name, text: quoted(UInt8(ascii: "]"), keepsDoubled: false))
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            guard octet(1) == UInt8(ascii: "'") else { return word() }
            position += 1
            let digits = quoted(UInt8(ascii: "'"), keepsDoubled: true)
            return SQLToken(kind: .literal, text: "x'" + digits.asciiLowercased + "'")
        case _ where Self.isDigit(first): return number()
        case UInt8(ascii: ".") where octet(1).map(Self.isDigit) == true: return number()
        case _ where Self.isWord(first): return word()
        case _: return mark()
        }
    }

    private mutating func skipSpace() {
        while let first = octet() {
            if first == 0x20 || (0x09...0x0d).contains(first) {
                position += 1
            } else if first == UInt8(ascii: "-"), octet(1) == UInt8(ascii: "-") {
                while let other = octet(), other != 0x0a { position += 1 }
            } else if first == UInt8(ascii: "/"), octet(1) == UInt8(ascii: "*") {
                position += 2
                while octet() != nil {
                    if octet() == UInt8(ascii: "*"), octet(1) == UInt8(ascii: "/") { break }
                    position += 1
                }
                position = min(position + 2, octets.count)
            } else {
                return
            }
        }
    }

    /// What stands up to the closing quote; a doubled one stands for itself.
    private mutating func quoted(_ close: UInt8, keepsDoubled: Bool) -> String {
        position += 1
        var text: [UInt8] = []
        while let next = octet() {
            position += 1
            if next == close {
                guard octet() == close, close != UInt8(ascii: "]") else { break }
                position += 1
                if keepsDoubled { text.append(close) }
            }
            text.append(next)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func word() -> SQLToken {
        let start = position
        while let next = octet(), Self.isWord(next) { position += 1 }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        return SQLToken(kind: .word, text: text.asciiLowercased)
    }

    private mutating func number() -> SQLToken {
        let start = position
        while let next = octet() {
            let last = octets[max(start, position - 1)]
            let isExponent = last | 0x20 == UInt8(ascii: "e")
            let isSign = next == UInt8(ascii: "+") || next == UInt8(ascii: "-")
            guard Self.isWord(next) || next == UInt8(ascii: ".") || isSign && isExponent else {
                break
            }
            position += 1
        }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        return SQLToken(kind: .number, text: text.asciiLowercased)
    }

    private static let pairs: Set<String> = [
        "<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->",
    ]

    private mutating func mark() -> SQLToken {
        let two = String(
            decoding: octets[position..<min(position + 2, octets.count)], as: UTF8.self)
        let text = Self.pairs.contains(two) ? two : String(two.prefix(1))
        position += Self.pairs.contains(two) ? 2 : 1
        return SQLToken(kind: .mark, text: text)
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }

    /// What a name without quotes is made of.
    private static func isWord(_ octet: UInt8) -> Bool {
        isDigit(octet) || (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet)
            || octet == UInt8(ascii: "_") || octet == UInt8(ascii: "$") || octet >= 0x80
    }
}
