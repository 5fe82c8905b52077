import Testing

/// Each rule fails on a bad sample and passes on a good one.
@Suite("Each house rule can fail")
struct RuleTests {
    private func file(_ text: String, _ path: String = "Sources/Worker/A.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    private let manifest = Manifest(
        """
        let yams = Target.Dependency.product(name: "Yams", package: "Yams")
        let package = Package(
            targets: [
                .target(name: "CKernel"),
                room("Kernel", ["CKernel"]),
                room("Bytes", ["Kernel"]),
                room("Worker", ["Kernel", yams, .product(name: "Bytes", package: "other")]),
                .executableTarget(name: "bascule", dependencies: ["Worker"]),
                .executableTarget(
                    name: "worker-torture", dependencies: ["Worker"], path: "Tests/Torture"),
                tests("WorkerTests", ["Worker", "worker-torture"]),
            ])
        """)

    @Test("The manifest's rooms are read in order, with their own targets as dependencies")
    func rooms() {
        #expect(
            manifest.rooms.map(\.name)
                == [
                    "CKernel", "Kernel", "Bytes", "Worker", "bascule", "worker-torture",
                    "WorkerTests",
                ])
        #expect(manifest.rooms.suffix(2).map(\.folder) == ["Tests/Torture", "Tests/WorkerTests"])
        #expect(manifest.rooms.last?.dependencies == ["Worker", "worker-torture"])
        #expect(manifest.rooms[3].dependencies == ["Kernel"])
        #expect(manifest.rooms[3].line == 7)
    }

    @Test("An import of a room above and named among the dependencies passes")
    func importUp() {
        let rule = ImportRule(manifest: manifest)
        #expect(rule.findings(in: file("public import Kernel\nimport Yams")).isEmpty)
        #expect(
            rule.findings(in: file("@testable import Worker", "Tests/WorkerTests/A.swift")).isEmpty)
        #expect(
            rule.findings(in: file("import worker_torture", "Tests/WorkerTests/A.swift")).isEmpty)
        #expect(rule.findings(in: file("import Worker", "Tests/Torture/main.swift")).isEmpty)
    }

    @Test("An import down the list is found, with its line")
    func importDown() {
        let rule = ImportRule(manifest: manifest)
        let found = rule.findings(in: file("\nimport struct Worker.Loop", "Sources/Bytes/A.swift"))
        #expect(found.map(\.line) == [2])
        #expect(found.first?.message == "Bytes imports Worker, which stands below it")
    }

    @Test("An import of a room above that is no dependency is found")
    func importUndeclared() {
        let found = ImportRule(manifest: manifest).findings(in: file("import Bytes"))
        #expect(found.map(\.message) == ["Worker imports Bytes, not one of its dependencies"])
    }

    @Test("A file in a folder that is no target is found")
    func importNowhere() {
        let rule = ImportRule(manifest: manifest)
        #expect(rule.findings(in: file("", "Sources/Attic/A.swift")).count == 1)
    }

    @Test("A manifest whose room depends on one below it is found")
    func manifestOrder() {
        let wrong = Manifest(#"targets: [room("A", ["B"]), room("B")]"#)
        #expect(ImportRule(manifest: wrong).findingsInManifest().count == 1)
        #expect(ImportRule(manifest: manifest).findingsInManifest().isEmpty)
    }

    @Test("A target with settings of its own is found, and a setting that is gone")
    func settings() {
        let house = ".strictMemorySafety() .treatAllWarnings(as: .error) \"ExistentialAny\"\n"
        let good = house + #".executableTarget(name: "a", swiftSettings: house)"#
        #expect(ManifestRule.findings(in: file(good, "Package.swift")).isEmpty)
        for bad in [
            good.replacing(": house", with: ": []"), good.replacing("strict", with: ""),
            good + ".unsafeFlags([])", good + " .testTarget(name: \"b\")",
        ] {
            #expect(ManifestRule.findings(in: file(bad, "Package.swift")).count == 1)
        }
    }

    @Test(
        "The data plane may not use this",
        arguments: [
            "import Foundation", "import FoundationEssentials", "internal import Logging",
            "import NIOCore", "Task { }", "func a() async {}", "await a()", "actor A {}",
            "let lock = NSLock()", "let m = Mutex(0)",
        ])
    func dataPlane(_ sample: String) {
        #expect(DataPlaneRule.findings(in: file(sample)).count == 1)
        #expect(DataPlaneRule.findings(in: file(sample, "Sources/Controller/A.swift")).isEmpty)
        #expect(DataPlaneRule.findings(in: file("// \(sample)")).isEmpty)
        #expect(DataPlaneRule.findings(in: file("let a = \"\(sample)\"")).isEmpty)
    }

    @Test("The data plane may use what does not wait")
    func dataPlaneGood() {
        #expect(DataPlaneRule.findings(in: file("import Atomics\nlet task = asyncName")).isEmpty)
    }

    @Test("libc outside Kernel is found")
    func systemCalls() {
        #expect(SystemCallRule.findings(in: file("import Glibc")).count == 1)
        #expect(SystemCallRule.findings(in: file("internal import CKernel")).count == 1)
        #expect(SystemCallRule.findings(in: file("import Glibc", "Sources/Kernel/A.swift")).isEmpty)
    }

    @Test(
        "Unsafe code outside its rooms is found, and in them without a note",
        arguments: [
            "let a: UnsafeRawPointer", "unsafe a()", "final class A: @unchecked Sendable {}",
            "nonisolated(unsafe) var a = 0", "a.withUnsafeBytes { }", "Unmanaged.passRetained(a)",
            "unsafeBitCast(a, to: Int.self)", "let a: OpaquePointer",
        ])
    func unsafe(_ sample: String) {
        let kernel = "Sources/Kernel/A.swift"
        #expect(!UnsafeRule.findings(in: file(sample)).isEmpty)
        #expect(UnsafeRule.findings(in: file(sample, kernel)).count == 1)
        #expect(UnsafeRule.findings(in: file("// SAFETY: owned here.\n" + sample, kernel)).isEmpty)
        #expect(UnsafeRule.findings(in: file("// \(sample)")).isEmpty)
    }

    @Test("Unsafe code in SharedDatabase stands in one file")
    func unsafeDatabase() {
        let text = "// SAFETY: SQLite owns it.\nunsafe a()"
        let folder = "Sources/SharedDatabase/"
        #expect(UnsafeRule.findings(in: file(text, folder + "SQLiteConnection.swift")).isEmpty)
        #expect(UnsafeRule.findings(in: file(text, folder + "Other.swift")).count == 1)
    }

    @Test("A file of exactly the limit passes, one line more is found")
    func fileLength() {
        let atLimit = String(repeating: "a\n", count: FileLengthRule.linesMax)
        #expect(FileLengthRule.findings(in: file(atLimit)).isEmpty)
        #expect(FileLengthRule.findings(in: file(atLimit + "a\n")).count == 1)
        #expect(FileLengthRule.findings(in: file(atLimit + "a\n", "Tests/Bench/run.py")).count == 1)
        #expect(FileLengthRule.findings(in: file(atLimit + "a\n", "CHANGELOG.md")).isEmpty)
    }

    @Test("A line of exactly the limit passes, one column more is found")
    func width() {
        let atLimit = String(repeating: "é", count: LineWidthRule.columnsMax)
        #expect(LineWidthRule.findings(in: file("a\n" + atLimit)).isEmpty)
        #expect(LineWidthRule.findings(in: file("a\n" + atLimit + "e")).map(\.line) == [2])
        let quoted = "\"\"\"\n\(atLimit)e\n\"\"\""
        #expect(LineWidthRule.findings(in: file(quoted)).isEmpty)
        #expect(LineWidthRule.findings(in: file(quoted, "conf/a.yaml")).count == 1)
    }

    @Test("A function of exactly the limit passes, one line more is found")
    func functionLength() {
        func body(_ lines: Int) -> String { String(repeating: "a(\"}\")\n", count: lines) }
        let inside = FunctionLengthRule.linesMax - 2
        for head in ["func a(b: () -> Void = {}) -> [Int] {", "init() {", "subscript(i: Int) {"] {
            let atLimit = file("struct A {\n\(head)\n\(body(inside))}\n}")
            let past = file("struct A {\n\(head)\n\(body(inside + 1))}\n}")
            #expect(FunctionLengthRule.findings(in: atLimit).isEmpty)
            #expect(FunctionLengthRule.findings(in: past).map(\.line) == [2])
        }
    }

    @Test("The lines of a quoted text are no lines of the function that quotes it")
    func functionLengthQuoted() {
        let lines = String(repeating: "a\n", count: FunctionLengthRule.linesMax)
        let text = "func a() {\n\"\"\"\n\(lines)\"\"\"\n}"
        #expect(FunctionLengthRule.findings(in: file(text)).isEmpty)
        #expect(
            FunctionLengthRule.findings(in: file(text.replacing("\"\"\"", with: ""))).count == 1)
    }

    @Test("A requirement without a body and a call of an initializer have no length")
    func functionLengthGood() {
        let lines = String(repeating: "\n", count: FunctionLengthRule.linesMax)
        let text = "protocol A { func a() }\nextension A {\(lines)}\nlet b = B.init(1)\n{\(lines)}"
        #expect(FunctionLengthRule.findings(in: file(text)).isEmpty)
    }

    @Test("A note of something left for later is found in code and comments, not in strings")
    func leftovers() {
        #expect(LeftoverRule.findings(in: file("// TODO: later")).count == 1)
        #expect(LeftoverRule.findings(in: file("a: # FIXME", "conf/a.yaml")).count == 1)
        #expect(LeftoverRule.findings(in: file("let a = \"TODO\"\n// mastodons")).isEmpty)
    }

    @Test("What ends the process is found")
    func traps() {
        for sample in ["try! a()", "a as! B", "fatalError(\"a\")"] {
            #expect(TrapRule.findings(in: file(sample)).count == 1)
            #expect(TrapRule.findings(in: file("// " + sample)).isEmpty)
        }
        #expect(TrapRule.findings(in: file("try a()\ntry? a()\na as? B\na != b")).isEmpty)
    }

    @Test("A folder of one machine is found outside tests")
    func machinePaths() {
        for folder in ["work", "root", "tmp", "home"] {
            let sample = "let a = \"/\(folder)/b\""
            #expect(MachinePathRule.findings(in: file(sample)).count == 1)
            #expect(MachinePathRule.findings(in: file(sample, "Tests/A/A.swift")).isEmpty)
        }
        #expect(MachinePathRule.findings(in: file("/var/tmp/a https://a.b/home/")).isEmpty)
    }

    @Test("A stray name at the top level is found")
    func topLevel() {
        let stray = TopLevelRule.findings(in: ["Package.resolved", "Sources/A/a.swift", "notes"])
        #expect(stray.map(\.path) == ["Package.resolved", "notes"])
        #expect(TopLevelRule.findings(in: ["Makefile", ".ci/run", "conf/a.yaml"]).isEmpty)
    }

    @Test("A top folder without its page is found")
    func pages() {
        let pages =
            ["README.md"] + ["Sources", "Tests", "conf", "deploy"].map { $0 + "/README.md" }
        #expect(ReadmeRule.findings(in: pages).isEmpty)
        #expect(
            ReadmeRule.findings(in: Array(pages.dropLast())).map(\.path) == [
                "deploy/README.md"
            ])
    }

    @Test("A link that leads nowhere is found")
    func links() {
        let page = file("[a](../conf/a.yaml#b) [c](conf) [d](https://e.f/g)", "deploy/README.md")
        #expect(
            LinkRule.findings(in: page, paths: ["conf/a.yaml", "deploy/conf/x"]).isEmpty)
        #expect(
            LinkRule.findings(in: page, paths: ["conf/a.yaml"]).map(\.message) == [
                "conf leads nowhere"
            ])
    }
}
