/// Code that the compiler cannot check for memory safety stands only in few rooms, and each file
/// that holds some says why it is right.
enum UnsafeRule {
    private static let rooms: Set<String> = ["Kernel", "Bytes", "Board", "TLS", "HTTP2"]
    /// The one file outside those rooms: what SQLite offers only as C, the backup interface.
    private static let connection = "Sources/SharedDatabase/SQLiteConnection.swift"

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language == .swift, let room = file.room else { return [] }
        let found = file.words.filter(isUnsafe)
        guard let first = found.first else { return [] }
        if !rooms.contains(room), file.path != connection {
            return found.map {
                Finding(path: file.path, line: $0.line, message: "\($0.text) in \(room)")
            }
        }
        let comments = String(decoding: file.codeAndComments, as: UTF8.self)
        guard !comments.contains(#/\/\/.*SAFETY: /#) else { return [] }
        return [
            Finding(
                path: file.path, line: first.line,
                message: "\(first.text) in a file without a SAFETY note")
        ]
    }

    /// `unsafe` alone is also `@unsafe`, `nonisolated(unsafe)` and the mark of an expression.
    private static func isUnsafe(_ word: Word) -> Bool {
        word.text.hasPrefix("Unsafe") || word.text.hasPrefix("unsafe")
            || word.text.hasPrefix("withUnsafe") || word.text == "Unmanaged"
            || word.text == "OpaquePointer"
            || (word.text == "unchecked" && word.before == UInt8(ascii: "@"))
    }
}
