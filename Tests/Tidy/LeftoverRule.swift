/// Nothing is left for later: what is missing is an issue, not a note in a file.
enum LeftoverRule {
    private static let notes = ["TODO", "FIXME", "XXX", "HACK"]

    static func findings(in file: SourceFile) -> [Finding] {
        Word.all(in: file.codeAndComments).filter { notes.contains($0.text) }.map {
            Finding(path: file.path, line: $0.line, message: "\($0.text) left behind")
        }
    }
}
