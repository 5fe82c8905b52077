/// What fits a head can be read: a file has a longest length.
enum FileLengthRule {
    static let linesMax = 400

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language != .prose else { return [] }
        let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
        guard count > linesMax else { return [] }
        return [
            Finding(path: file.path, line: nil, message: "\(count) lines, of at most \(linesMax)")
        ]
    }
}
