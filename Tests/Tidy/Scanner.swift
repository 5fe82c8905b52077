/// Tells code from comments and literals, in Swift and in C.
///
/// It knows nested comments, raw and multi-line strings, and interpolations, whose insides are
/// code again. It does not know bare regular expression literals, which look like divisions; the
/// house writes those with `#/…/#`.
struct Scanner {
    enum Kind {
        case code
        case comment
        case literal
    }

    private enum Mode {
        /// In an interpolation, with this many of its own parentheses open.
        case interpolation(open: Int)
        case string(quote: UInt8, hashes: Int, isMultiline: Bool)
    }

    private let bytes: [UInt8]
    private let isSwift: Bool
    private var kinds: [Kind]
    private var index = 0
    /// Empty: plain code.
    private var modes: [Mode] = []

    static func kinds(of bytes: [UInt8], isSwift: Bool) -> [Kind] {
        var scanner = Scanner(bytes: bytes, isSwift: isSwift)
        while scanner.index < bytes.count { scanner.step() }
        return scanner.kinds
    }

    private init(bytes: [UInt8], isSwift: Bool) {
        self.bytes = bytes
        self.isSwift = isSwift
        kinds = Array(repeating: .code, count: bytes.count)
    }

    private mutating func step() {
        if case .string(let quote, let hashes, let isMultiline) = modes.last {
            stepInString(quote: quote, hashes: hashes, isMultiline: isMultiline)
        } else {
            stepInCode()
        }
    }

    private mutating func stepInCode() {
        if has("//") { return skipLine() }
        if has("/*") { return skipComment() }
        let hashes = isSwift ? count(of: UInt8(ascii: "#"), at: index) : 0
        let quote = at(index + hashes)
        if quote == UInt8(ascii: "\"") {
            let isMultiline = isSwift && has("\"\"\"", at: index + hashes)
            return open(quote: UInt8(ascii: "\""), hashes: hashes, isMultiline: isMultiline)
        }
        if hashes > 0, quote == UInt8(ascii: "/") {
            return open(quote: UInt8(ascii: "/"), hashes: hashes, isMultiline: false)
        }
        if !isSwift, quote == UInt8(ascii: "'") {
            return open(quote: UInt8(ascii: "'"), hashes: 0, isMultiline: false)
        }
        if case .interpolation(let open) = modes.last {
            stepInInterpolation(open)
        } else {
            index += 1
        }
    }

    /// At the closing parenthesis, which belongs to the string as the opening one does, the string
    /// goes on.
    private mutating func stepInInterpolation(_ open: Int) {
        switch bytes[index] {
        case UInt8(ascii: ")") where open == 0:
            modes.removeLast()
            return mark(.literal, count: 1)
        case UInt8(ascii: "("): modes[modes.count - 1] = .interpolation(open: open + 1)
        case UInt8(ascii: ")"): modes[modes.count - 1] = .interpolation(open: open - 1)
        default: break
        }
        index += 1
    }

    private mutating func open(quote: UInt8, hashes: Int, isMultiline: Bool) {
        mark(.literal, count: hashes + (isMultiline ? 3 : 1))
        modes.append(.string(quote: quote, hashes: hashes, isMultiline: isMultiline))
    }

    private mutating func stepInString(quote: UInt8, hashes: Int, isMultiline: Bool) {
        let byte = bytes[index]
        let isEscape =
            byte == UInt8(ascii: "\\") && count(of: UInt8(ascii: "#"), at: index + 1) >= hashes
        if isEscape, isSwift, quote == UInt8(ascii: "\""),
            at(index + 1 + hashes) == UInt8(ascii: "(")
        {
            mark(.literal, count: hashes + 2)
            modes.append(.interpolation(open: 0))
        } else if isEscape {
            mark(.literal, count: hashes + 2)
        } else if closes(quote: quote, hashes: hashes, isMultiline: isMultiline) {
            mark(.literal, count: (isMultiline ? 3 : 1) + hashes)
            modes.removeLast()
        } else {
            // A string that is not closed on its line is a mistake that the compiler reports.
            if byte == UInt8(ascii: "\n"), !isMultiline, hashes == 0 { modes.removeLast() }
            mark(.literal, count: 1)
        }
    }

    private func closes(quote: UInt8, hashes: Int, isMultiline: Bool) -> Bool {
        let width = isMultiline ? 3 : 1
        return count(of: quote, at: index) >= width
            && count(of: UInt8(ascii: "#"), at: index + width) >= hashes
    }

    private mutating func skipLine() {
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { mark(.comment, count: 1) }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if has("/*"), isSwift || depth == 0 {
                depth += 1
                mark(.comment, count: 2)
            } else if has("*/") {
                depth -= 1
                mark(.comment, count: 2)
            } else {
                mark(.comment, count: 1)
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func mark(_ kind: Kind, count: Int) {
        for _ in 0..<count where index < bytes.count {
            kinds[index] = kind
            index += 1
        }
    }

    private func at(_ position: Int) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private func has(_ text: StaticString, at position: Int? = nil) -> Bool {
        let start = position ?? index
        let wanted = Array("\(text)".utf8)
        return start + wanted.count <= bytes.count
            && bytes[start..<start + wanted.count].elementsEqual(wanted)
    }

    private func count(of byte: UInt8, at position: Int) -> Int {
        var end = position
        while at(end) == byte { end += 1 }
        return end - position
    }
}
