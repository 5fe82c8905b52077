enum ReadmeRule {
    private static let folders = ["Sources", "Tests", "conf", "deploy"]

    static func findings(in paths: [String]) -> [Finding] {
        let present = Set(paths)
        return (folders.map { "\($0)/README.md" } + ["README.md"]).filter { !present.contains($0) }
            .map { Finding(path: $0, line: nil, message: "missing") }
    }
}
