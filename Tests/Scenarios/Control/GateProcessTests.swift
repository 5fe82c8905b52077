import Control
import Foundation
import GRDB
import Kernel
import Testing

/// The gate's process in places where it may not see or touch everything.
@Suite("The gate's process", .serialized, .timeLimit(.minutes(2)))
struct GateProcessTests {
    private static var isRoot: Bool { ThisProcess.isRoot }

    private func bascule(
        _ path: String, wrapper: [String], folder: Scratch? = nil
    ) throws -> (bascule: Bascule, apps: [ScriptedUpstream]) {
        let apps = try ["blue", "green"].map {
            try ScriptedUpstream(ScriptedUpstream.answering($0))
        }
        var configuration = Configuration(blue: [apps[0]], green: [apps[1]])
        configuration.services[0].database = ["sqlite: \(path)"]
        return (try Bascule(configuration, wrapper: wrapper, folder: folder), apps)
    }

    private func finding(_ bascule: Bascule) throws -> Check {
        let answer = try bascule.run("check", "--to", "green", "--json").answer(CheckAnswer.self)
        return try #require(answer.checks.first { $0.name == .database })
    }

    @Test(
        "A lock from outside its container is told as that",
        .enabled(if: isRoot, "only root may make a pid namespace"))
    func outside() throws {
        let folder = try Scratch()
        let path = try StatementTests.database(in: folder, mode: "delete")
        let stage = try bascule(
            path,
            wrapper: [
                "/usr/bin/unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
            ])
        try Wait.until("the gate reads") { try finding(stage.bascule).state == .passed }
        var settings = GRDB.Configuration.patient
        settings.allowsUnsafeTransactions = true
        let holder = try DatabaseQueue(path: path, configuration: settings)
        try holder.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
        let locked = try finding(stage.bascule)
        #expect(locked.verdict == "locked")
        #expect(locked.saw?.contains("a process outside this container") == true)
        try holder.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try finding(stage.bascule).state == .passed)
    }

    @Test(
        "A user who is neither root nor the owner leaves no file behind, and both are named",
        .enabled(if: isRoot, "only root may become another user"))
    func stranger() throws {
        let data = try Scratch()
        let path = try StatementTests.database(in: data)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777], ofItemAtPath: data.path)
        let before = try FileManager.default.contentsOfDirectory(atPath: data.path)
        let home = try Scratch()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777], ofItemAtPath: home.path)
        let stage = try bascule(
            path,
            wrapper: [
                "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            ], folder: home)
        let refused = try finding(stage.bascule)
        #expect(refused.verdict == "unreadable")
        #expect(refused.saw?.contains("nobody") == true, "\(refused.saw ?? "")")
        #expect(refused.saw?.contains("root") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: data.path) == before)
        // With an app at it that has both side files, it reads and changes nothing.
        let app = try DatabaseQueue(path: path)
        try app.read { _ = try Int.fetchOne($0, sql: "SELECT count(*) FROM Notes") }
        for name in ["app.db", "app.db-wal", "app.db-shm"] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o666], ofItemAtPath: data.file(name))
        }
        let passed = try finding(stage.bascule)
        #expect(passed.state == .passed, "\(passed.saw ?? "")")
        try app.close()
    }
}
