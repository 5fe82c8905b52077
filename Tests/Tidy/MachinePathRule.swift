/// What is delivered names no folder of the machine it was written on. Tests may: they make
/// folders of their own, and a sample has to look like something.
enum MachinePathRule {
    private static let folders = ["work", "root", "tmp", "home"]

    static func findings(in file: SourceFile) -> [Finding] {
        guard !file.path.hasPrefix("Tests/") else { return [] }
        return file.lines.enumerated().flatMap { index, line in
            folders.filter { names($0, in: line) }.map {
                Finding(path: file.path, line: index + 1, message: "a path in /\($0)/")
            }
        }
    }

    /// Whether the folder stands at the start of an absolute path, not inside another path.
    private static func names(_ folder: String, in line: Substring) -> Bool {
        line.ranges(of: "/\(folder)/").contains { range in
            guard range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !(before.isLetter || before.isNumber || "._-~)}*".contains(before))
        }
    }
}
