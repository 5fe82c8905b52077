/// A file of the tree as the rules see it: its text, and, for Swift and C, what of it is code,
/// comment or literal. A rule about code is never set off by a comment or a string.
struct SourceFile {
    enum Language {
        case swift
        case c
        /// A script or a configuration: read line by line, never scanned.
        case script
        /// Written for people; only rules about what is said apply.
        case prose
    }

    /// Relative to the root of the tree, with slashes.
    let path: String
    let text: String
    let language: Language
    /// The text with comments and literals blanked: same lines, same columns.
    let code: [UInt8]
    /// The text with literals blanked.
    let codeAndComments: [UInt8]
    /// The identifiers and keywords of `code`, in order.
    let words: [Word]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        language = Self.language(of: path)
        let bytes = Array(text.utf8)
        switch language {
        case .swift, .c:
            let kinds = Scanner.kinds(of: bytes, isSwift: language == .swift)
            code = Self.blank(bytes, kinds) { $0 != .code }
            codeAndComments = Self.blank(bytes, kinds) { $0 == .literal }
        case .script, .prose:
            code = bytes
            codeAndComments = bytes
        }
        words = language == .swift ? Word.all(in: code) : []
    }

    /// The folders of the path, the file's name last.
    var components: [String] { path.split(separator: "/").map(String.init) }

    /// The folder of the target that a Swift or C file belongs to: `Sources/Kernel`.
    var targetFolder: String? {
        let parts = components
        guard parts.count >= 3, ["Sources", "Tests"].contains(parts[0]) else { return nil }
        return "\(parts[0])/\(parts[1])"
    }

    /// The room of a source file; nil for tests.
    var room: String? { isSource ? targetFolder.map { String($0.dropFirst(8)) } : nil }

    var isSource: Bool { path.hasPrefix("Sources/") }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    private static func language(of path: String) -> Language {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let ending = name.split(separator: ".").last.map(String.init) ?? ""
        return switch ending {
        case "swift": .swift
        case "c", "h": .c
        case "md": .prose
        default: .script
        }
    }

    private static func blank(
        _ bytes: [UInt8], _ kinds: [Scanner.Kind], where isBlank: (Scanner.Kind) -> Bool
    ) -> [UInt8] {
        zip(bytes, kinds).map { byte, kind in
            byte != UInt8(ascii: "\n") && isBlank(kind) ? UInt8(ascii: " ") : byte
        }
    }
}

/// What a rule found.
struct Finding: CustomStringConvertible, Equatable {
    let path: String
    /// From 1; nil where the whole file, or its absence, is meant.
    let line: Int?
    let message: String

    var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(message)" }
}
