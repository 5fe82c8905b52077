import Testing

/// All rules, on every file of the repository, without exceptions.
@Suite("The house")
struct HouseTests {
    /// The rules about one file.
    static let rules: [(name: String, findings: @Sendable (SourceFile) -> [Finding])] = [
        ("data plane", DataPlaneRule.findings),
        ("system calls", SystemCallRule.findings),
        ("unsafe code", UnsafeRule.findings),
        ("file length", FileLengthRule.findings),
        ("function length", FunctionLengthRule.findings),
        ("line width", LineWidthRule.findings),
        ("leftovers", LeftoverRule.findings),
        ("traps", TrapRule.findings),
        ("machine paths", MachinePathRule.findings),
    ]

    @Test("Every file keeps every rule")
    func files() throws {
        let tree = try Tree.ofThisRepository()
        for rule in Self.rules {
            report(tree.files.flatMap(rule.findings), rule.name)
        }
    }

    @Test("Imports point only up the list of rooms")
    func imports() throws {
        let tree = try Tree.ofThisRepository()
        let manifest = Manifest(try #require(tree.text(of: "Package.swift")))
        let rule = ImportRule(manifest: manifest)
        report(rule.findingsInManifest() + tree.files.flatMap(rule.findings), "imports")
    }

    @Test("Every target has the settings of the house")
    func settings() throws {
        let tree = try Tree.ofThisRepository()
        let manifest = try #require(tree.files.first { $0.path == "Package.swift" })
        report(ManifestRule.findings(in: manifest), "manifest")
    }

    @Test("The tree holds what it should, and every page's links lead somewhere")
    func shape() throws {
        let tree = try Tree.ofThisRepository()
        report(TopLevelRule.findings(in: tree.paths), "top level")
        report(ReadmeRule.findings(in: tree.paths), "pages")
        report(tree.files.flatMap { LinkRule.findings(in: $0, paths: tree.paths) }, "links")
    }

    @Test("The rules see the rooms and the sources, so a clean result means something")
    func sight() throws {
        let tree = try Tree.ofThisRepository()
        let manifest = Manifest(try #require(tree.text(of: "Package.swift")))
        let folders = Set(tree.files.filter { $0.language == .swift }.compactMap(\.targetFolder))
        #expect(folders.isSubset(of: manifest.rooms.map(\.folder)))
        #expect(manifest.rooms.first?.name == "CKernel")
        #expect(tree.files.count { $0.language == .swift && $0.isSource } >= 20)
        let calls = tree.files.filter { $0.room == "Kernel" }.flatMap(Import.all)
        #expect(calls.contains { $0.module == "Glibc" })
    }

    private func report(_ findings: [Finding], _ rule: String) {
        for finding in findings { Issue.record("\(rule): \(finding.description)") }
    }
}
