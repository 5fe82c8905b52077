import Foundation
import Testing

/// deploy/install-packages, with programs in the place of dpkg and apt that write down their calls.
@Suite("The package installer")
struct InstallPackagesTests {
    @Test("Where nothing is missing apt is not called")
    func nothingMissing() throws {
        let run = try install(["build", "bench"], missing: [])
        #expect(run.status == 0)
        #expect(run.calls.isEmpty)
    }

    @Test("What is missing is installed by name, and only that, after an update")
    func someMissing() throws {
        let run = try install(["build", "bench"], missing: ["libsqlite3-dev", "wrk", "strace"])
        #expect(run.status == 0)
        #expect(
            run.calls == [
                "apt-get update -q",
                "apt-get install -q --yes --no-install-recommends libsqlite3-dev wrk",
            ])
    }

    @Test(
        "A server that it installs is stopped and disabled, one that was there is left alone",
        arguments: ["nginx", "haproxy"])
    func servers(server: String) throws {
        let installed = try install(["test"], missing: [server])
        let stopped = installed.calls.filter {
            ["systemctl ", "service ", "update-rc.d "].contains(where: $0.hasPrefix)
        }
        #expect(!stopped.isEmpty)
        #expect(stopped.allSatisfy { $0.contains(server) })
        #expect(
            stopped.contains { $0.hasSuffix("disable --now \(server)") || $0.hasSuffix("stop") })
        let other = try install(["bench"], missing: ["wrk"])
        #expect(!other.calls.contains { $0.contains(server) })
    }

    @Test("The Python environment of the tests is made once, and anew when its list has changed")
    func python() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let made = try install(["test"], missing: [], python: folder)
        #expect(made.status == 0)
        #expect(made.calls.count == 2)
        #expect(made.calls.first == "python3 -m venv \(folder.path)")
        #expect(made.calls.last?.hasPrefix("pip install") == true)
        #expect(try install(["test"], missing: [], python: folder).calls.isEmpty)
        try Data("other".utf8).write(to: folder.appending(path: "requirements.txt"))
        #expect(try install(["build", "bench"], missing: [], python: folder).calls.isEmpty)
        #expect(try install(["test"], missing: [], python: folder).calls.count == 2)
    }

    @Test("A failing apt fails it, an unknown purpose is wrong usage")
    func failures() throws {
        #expect(try install(["build"], missing: ["git"], aptStatus: 100).status == 100)
        #expect(try install(["party"], missing: []).status == 64)
        #expect(try install([], missing: []).status == 64)
    }

    private struct Run {
        let status: Int32
        let calls: [String]
    }

    private func install(
        _ purposes: [String], missing: [String], aptStatus: Int = 0, python: URL? = nil
    ) throws -> Run {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        func program(_ name: String, _ body: String) throws {
            let file = folder.appending(path: name)
            try Data("#!/bin/sh\n\(body)\n".utf8).write(to: file)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let calls = folder.appending(path: "calls")
        try Data().write(to: calls)
        let record = "echo \"$(basename \"$0\") $*\" >> '\(calls.path)'"
        try program("apt-get", "\(record); exit \(aptStatus)")
        for name in ["systemctl", "service", "update-rc.d"] { try program(name, record) }
        try program("id", "echo 0")
        try program(
            "python3", "\(record); mkdir -p \"$3/bin\"; cp \"$(dirname \"$0\")/pip\" \"$3/bin/pip\""
        )
        try program("pip", record)
        let absent = missing.map { "\"\($0)\"" }.joined(separator: "|")
        try program(
            "dpkg-query",
            "case \"$4\" in \(absent.isEmpty ? "''" : absent)) exit 1 ;; esac"
                + "; printf installed")

        let script = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "deploy/install-packages")
        let process = Process()
        process.executableURL = script
        process.arguments = purposes
        process.environment = [
            "PATH": "\(folder.path):/usr/bin:/bin",
            "BASCULE_PYTHON": python?.path ?? folder.appending(path: "python").path,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let lines = try String(contentsOf: calls, encoding: .utf8).split(separator: "\n")
        return Run(status: process.terminationStatus, calls: lines.map(String.init))
    }
}
