/// What the rules need of Package.swift: the rooms in their order, and what each depends on.
struct Manifest {
    struct Room {
        let name: String
        /// Line of the declaration in Package.swift, from 1.
        let line: Int
        let dependencies: [String]
    }

    /// Rooms and test targets, in the order of their declaration.
    let rooms: [Room]

    /// Reads the text, not the package: `room("X", ["A", shorthand])`, `tests(…)`,
    /// `.target(name: "X", …)` and `.executableTarget(…)`. Products of other packages are written
    /// as values, so the strings of a declaration are the names of own targets, the first its own.
    init(_ text: String) {
        let file = SourceFile(path: "Package.swift", text: text)
        let bytes = Array(text.utf8)
        let start = file.words.last { $0.text == "targets" }?.offset ?? bytes.count
        let declarations: Set<String> = ["room", "tests", "target", "executableTarget"]
        rooms = file.words.compactMap { word in
            guard word.offset > start, declarations.contains(word.text),
                word.after == UInt8(ascii: "(")
            else { return nil }
            let opening = word.offset + word.text.utf8.count
            let end = Self.end(of: file.code, from: opening)
            let names = Self.names(bytes[opening..<end])
            guard let name = names.first else { return nil }
            return Room(name: name, line: word.line, dependencies: Array(names.dropFirst()))
        }
    }

    func position(of name: String) -> Int? { rooms.firstIndex { $0.name == name } }

    /// Past the parenthesis that closes the one at `opening`.
    private static func end(of code: [UInt8], from opening: Int) -> Int {
        var depth = 0
        for index in opening..<code.count {
            if code[index] == UInt8(ascii: "(") { depth += 1 }
            if code[index] == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return code.count
    }

    private static func names(_ declaration: ArraySlice<UInt8>) -> [String] {
        let text = String(decoding: declaration, as: UTF8.self)
        let ownTargets = text.replacing(#/\.product\([^)]*\)/#, with: "")
        return ownTargets.matches(of: #/"([^"]*)"/#).map { String($0.output.1) }
    }
}
