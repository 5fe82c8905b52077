/// What the rules need of Package.swift: the rooms in their order, and what each depends on.
struct Manifest {
    struct Room {
        let name: String
        /// Where its files stand, from the root of the tree.
        let folder: String
        /// Line of the declaration in Package.swift, from 1.
        let line: Int
        let dependencies: [String]
    }

    /// Rooms and test targets, in the order of their declaration.
    let rooms: [Room]

    /// Reads the text, not the package: `room("X", ["A", shorthand])`, `tests(…)`,
    /// `.target(name: "X", …)` and `.executableTarget(…)`. Products of other packages are written
    /// as values, so the strings of a declaration are the names of own targets, the first its own,
    /// and a path where the folder is called otherwise.
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
            let declaration = String(decoding: bytes[opening..<end], as: UTF8.self)
            let names = Self.names(declaration)
            guard let name = names.first else { return nil }
            let path = declaration.firstMatch(of: #/path: "([^"]*)"/#).map { String($0.output.1) }
            let top = word.text == "tests" ? "Tests" : "Sources"
            return Room(
                name: name, folder: path ?? "\(top)/\(name)", line: word.line,
                dependencies: Array(names.dropFirst()))
        }
    }

    /// By the name of the target, or of its module: `-` is no part of a module's name.
    func position(of name: String) -> Int? {
        rooms.firstIndex { $0.name == name || $0.name.replacing("-", with: "_") == name }
    }

    /// Past the parenthesis that closes the one at `opening`.
    static func end(of code: [UInt8], from opening: Int) -> Int {
        var depth = 0
        for index in opening..<code.count {
            if code[index] == UInt8(ascii: "(") { depth += 1 }
            if code[index] == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return code.count
    }

    private static func names(_ declaration: String) -> [String] {
        let ownTargets =
            declaration
            .replacing(#/\.product\([^)]*\)/#, with: "").replacing(#/path: "[^"]*"/#, with: "")
        return ownTargets.matches(of: #/"([^"]*)"/#).map { String($0.output.1) }
    }
}
