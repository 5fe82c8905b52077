/// What fits a screen can be read: a line has a longest length. Only a line of quoted text keeps
/// its own.
enum LineWidthRule {
    static let columnsMax = 100

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language != .prose else { return [] }
        let unquoted = String(decoding: file.codeAndComments, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return zip(file.lines, unquoted).enumerated().compactMap { index, pair in
            let (line, code) = pair
            guard line.count > columnsMax, code.contains(where: { $0 != " " }) else { return nil }
            return Finding(
                path: file.path, line: index + 1,
                message: "\(line.count) columns, of at most \(columnsMax)")
        }
    }
}
