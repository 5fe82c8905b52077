/// What fits a screen can be read: a function has a longest length.
enum FunctionLengthRule {
    static let linesMax = 70

    static func findings(in file: SourceFile) -> [Finding] {
        file.words.filter(declaresFunction).compactMap { word in
            guard let end = bodyEnd(file.code, from: word.offset) else { return nil }
            let count = unquotedLines(file.codeAndComments[word.offset...end])
            guard count > linesMax else { return nil }
            return Finding(
                path: file.path, line: word.line,
                message: "a function of \(count) lines, of at most \(linesMax)")
        }
    }

    /// Empty lines count; lines of a quoted text, which is blanked to spaces, do not.
    private static func unquotedLines(_ body: ArraySlice<UInt8>) -> Int {
        body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .count { $0.isEmpty || $0.contains { $0 != UInt8(ascii: " ") } }
    }

    private static func declaresFunction(_ word: Word) -> Bool {
        switch word.text {
        case "func", "subscript", "deinit": true
        case "init": word.before != UInt8(ascii: ".")
        default: false
        }
    }

    /// Where the body's last brace stands; nil for a requirement of a protocol, which has none.
    private static func bodyEnd(_ code: [UInt8], from start: Int) -> Int? {
        var brackets = 0
        var braces = 0
        for index in start..<code.count {
            switch code[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["): brackets += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): brackets -= 1
            case UInt8(ascii: "{") where brackets == 0 || braces > 0: braces += 1
            case UInt8(ascii: "}") where braces > 0:
                braces -= 1
                if braces == 0 { return index }
            case UInt8(ascii: "}") where brackets == 0: return nil
            default: break
            }
        }
        return nil
    }
}
