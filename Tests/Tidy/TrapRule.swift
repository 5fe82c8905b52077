/// No peer may end a process: what can fail is a value, an optional or a thrown error.
enum TrapRule {
    static func findings(in file: SourceFile) -> [Finding] {
        file.words.filter(isTrap).map {
            Finding(path: file.path, line: $0.line, message: "\($0.text) that ends the process")
        }
    }

    private static func isTrap(_ word: Word) -> Bool {
        switch word.text {
        case "try", "as": word.after == UInt8(ascii: "!")
        case "fatalError": word.after == UInt8(ascii: "(")
        default: false
        }
    }
}
