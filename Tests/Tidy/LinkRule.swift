/// A link from one page to another file of the tree leads somewhere.
enum LinkRule {
    static func findings(in file: SourceFile, paths: [String]) -> [Finding] {
        guard file.language == .prose else { return [] }
        let folder = file.components.dropLast()
        return file.lines.enumerated().flatMap { index, line in
            line.matches(of: #/\]\(([^)#]+)(#[^)]*)?\)/#).map { String($0.output.1) }
                .filter { !$0.contains("://") && !leads(from: Array(folder), to: $0, paths) }
                .map {
                    Finding(path: file.path, line: index + 1, message: "\($0) leads nowhere")
                }
        }
    }

    private static func leads(from folder: [String], to link: String, _ paths: [String]) -> Bool {
        var place = folder
        for step in link.split(separator: "/") {
            switch step {
            case ".": break
            case "..":
                if place.isEmpty { return false }
                place.removeLast()
            default: place.append(String(step))
            }
        }
        let path = place.joined(separator: "/")
        return paths.contains { $0 == path || $0.hasPrefix(path + "/") }
    }
}
