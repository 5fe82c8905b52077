import Control
import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("A backup's manifest is that of this file and this service", .timeLimit(.minutes(2)))
struct ManifestTests {
    private func verify(_ file: String, _ bench: BackupBench) throws -> VerifyFinding {
        let notice = try bench.start(.verify(file: file)).next()
        guard case .verified(let finding) = notice else {
            Issue.record("not verified: \(notice)")
            throw CancellationError()
        }
        return finding
    }

    /// The file and its manifest, for what is done with both.
    private func pair(_ name: String, _ bench: BackupBench) -> [String] {
        ["", ".json"].map { bench.folder.file(name) + $0 }
    }

    private func edit(_ name: String, _ bench: BackupBench, _ change: (String) -> String) throws {
        let path = bench.folder.file(name) + ".json"
        try change(String(contentsOfFile: path, encoding: .utf8))
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Refused wherever it is named, unless the operator insists.
    private func expectRefused(
        _ file: String, _ bench: BackupBench, _ words: String
    ) throws {
        let finding = try verify(file, bench)
        #expect(!finding.verified)
        #expect(finding.problems.contains { $0.contains(words) }, "\(finding.problems)")
        let entry = try bench.folder.entries(of: "web").first { $0.file == file }
        #expect(entry.map { !$0.hasManifest && $0.problem?.contains(words) == true } ?? true)
        let failure = try bench.start(.restore(bench.restoreOrder(file))).failure()
        #expect(failure.kind == .manifest)
        #expect(failure.message.contains(words), "\(failure.message)")
        let insisted = try bench.start(
            .restore(bench.restoreOrder(file, isUnchecked: true)))
        _ = try insisted.losses()
        insisted.hangUp()
    }

    @Test("Two whose names were changed over with their manifests are refused, and chosen by none")
    func swapped() throws {
        let bench = try BackupBench()
        let first = try bench.backUp().file
        try bench.change("DELETE FROM Categories WHERE Id > 10")
        let second = try bench.backUp().file
        for (one, other) in zip(pair(first, bench), pair(second, bench)) {
            try FileManager.default.moveItem(atPath: one, toPath: one + "~")
            try FileManager.default.moveItem(atPath: other, toPath: one)
            try FileManager.default.moveItem(atPath: one + "~", toPath: other)
        }
        try expectRefused(first, bench, "its manifest is that of \(second)")
        try expectRefused(second, bench, "its manifest is that of \(first)")
        var order = bench.restoreOrder(first)
        order.file = nil
        order.fit = .known(ids: GateTests.ids)
        #expect(try bench.start(.restore(order)).failure().kind == .refused)
        // Octet by octet each is a backup: elsewhere, where a name is anybody's, it is one.
        #expect(BackupVerification.run(path: bench.folder.file(first)).verified)
    }

    @Test("Another service's backup in one folder is refused, and never pruned for this one")
    func service() throws {
        let bench = try BackupBench()
        let made = try bench.backUp().file
        let other = "web-2-" + String(made.dropFirst(4))
        for (from, to) in zip(pair(made, bench), pair(other, bench)) {
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
        try edit(other, bench) {
            $0.replacing("\"\(made)\"", with: "\"\(other)\"")
                .replacing("\"service\":\"web\"", with: "\"service\":\"web-2\"")
        }
        try expectRefused(other, bench, "of the service web-2 and not web")
        #expect(BackupVerification.run(path: bench.folder.file(other), of: "web-2").verified)
        try edit(made, bench) { $0.replacing("\"service\":\"web\"", with: "\"service\":\"api\"") }
        try expectRefused(made, bench, "of the service api and not web")
        let entry = try #require(try bench.folder.entries(of: "web").first)
        #expect(entry.reason == nil)
        let pruning = BackupPruning(folder: bench.folder, service: "web", keep: 0, protected: [])
        #expect(pruning.removable([entry]).isEmpty)
    }

    @Test("Under another name it is the same outside of the folder, with its manifest beside it")
    func otherName() throws {
        let bench = try BackupBench()
        let made = try bench.backUp().file
        let name = "web-20200101-000000.db"
        for (from, to) in zip(pair(made, bench), pair(name, bench)) {
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
        #expect(BackupVerification.run(path: bench.folder.file(name)).verified)
        try expectRefused(name, bench, "its manifest is that of \(made)")
        // The manifest of another state is not its own, whatever either is called.
        try bench.change("DELETE FROM Categories")
        let other = try bench.backUp().file
        let manifest = bench.folder.file(name) + ".json"
        try FileManager.default.removeItem(atPath: manifest)
        try FileManager.default.copyItem(
            atPath: bench.folder.file(other) + ".json", toPath: manifest)
        let finding = BackupVerification.run(path: bench.folder.file(name))
        #expect(!finding.verified)
        #expect(finding.problems.contains("its manifest is that of \(other)"))
    }

    @Test(
        "One that cannot be read is told in words",
        arguments: [
            ("\"sha256\"", "\"sha\"", "sha256 is missing"),
            ("\"rows\":{", "\"rows\":{\"x\":\"y\",", "rows.x is of another type"),
            ("\"reason\":\"manual\"", "\"reason\":\"fun\"", "reason has no valid value"),
            ("}", "", "it is cut, or no JSON"),
        ])
    func unreadable(old: String, new: String, words: String) throws {
        let bench = try BackupBench()
        let made = try bench.backUp().file
        try edit(made, bench) { $0.replacing(old, with: new) }
        #expect(
            try verify(made, bench).problems == ["its manifest cannot be read: \(words)"])
    }

    @Test("A link under a backup's name is listed as little as it is restored")
    func link() throws {
        let bench = try BackupBench()
        let made = try bench.backUp().file
        try FileManager.default.createSymbolicLink(
            atPath: bench.folder.file("web-20200101-000000.db"),
            withDestinationPath: bench.folder.file(made))
        #expect(try bench.folder.entries(of: "web").map(\.file) == [made])
    }
}
