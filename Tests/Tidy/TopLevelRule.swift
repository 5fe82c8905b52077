/// The top level holds what belongs there and nothing else; each top folder says what is in it.
enum TopLevelRule {
    private static let allowed: Set<String> = [
        ".ci", ".dockerignore", ".editorconfig", ".gitattributes", ".gitignore", ".swift-format",
        "CHANGELOG.md", "LICENSE", "Makefile", "Package.swift", "README.md", "Sources", "Tests",
        "conf", "deploy",
    ]

    static func findings(in paths: [String]) -> [Finding] {
        let names = Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) })
        return names.subtracting(allowed).sorted().map {
            Finding(path: $0, line: nil, message: "does not belong at the top level")
        }
    }
}
