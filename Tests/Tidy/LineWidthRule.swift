/// What fits a screen can be read: a line has a longest length.
enum LineWidthRule {
    static let columnsMax = 100

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language != .prose else { return [] }
        return file.lines.enumerated().filter { $1.count > columnsMax }.map { index, line in
            Finding(
                path: file.path, line: index + 1,
                message: "\(line.count) columns, of at most \(columnsMax)")
        }
    }
}
