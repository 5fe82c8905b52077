import Board
import Control
import Foundation
import Kernel
import LoadClient
import Testing

/// `bascule db restore FILE` with a file that stands outside of `backup.directory`.
@Suite("Backups from elsewhere", .serialized, .timeLimit(.minutes(4)))
struct SentBackupScenarios {
    /// Takes a backup out of the directory, its manifest with it; returns where it stands now.
    private func carry(_ name: String, _ stage: DatabaseStage) throws -> String {
        let place = stage.folder.file("elsewhere")
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
        for suffix in ["", ".json"] {
            try FileManager.default.moveItem(
                atPath: stage.file(name + suffix), toPath: place + "/" + name + suffix)
        }
        return place + "/" + name
    }

    /// Everything in the directory that is neither a backup nor a manifest.
    private func strange(_ stage: DatabaseStage) throws -> [String] {
        try Files.names("test.names", in: stage.folder.file("backups")).filter {
            !$0.hasPrefix("web-") || !($0.hasSuffix(".db") || $0.hasSuffix(".db.json"))
        }
    }

    @Test("Under two ledgers at work: it is compared, then live again, and no request fails")
    func restored() throws {
        let stage = try DatabaseStage()
        try stage.add(7, "kept")
        let file = try carry(try stage.backUp(), stage)
        try stage.add(5, "lost")
        let dry = try stage.bascule.run("db", "restore", file, "--dry-run", "--json")
        #expect(dry.code == 0, "\(dry.output)\(dry.errors)")
        let losses = try #require(try dry.events().last?.details["losses"])
        #expect(
            try ControlJSON.decode([TableLoss].self, from: losses).contains(
                TableLoss(table: "Transactions", live: 12, backup: 7, lost: 5)))
        #expect(try stage.rows() == 12)
        #expect(try strange(stage).isEmpty)
        let load = try stage.startLoad("sent")
        try Wait.until("the load is on its way") { load.progress.requests > 100 }
        let restore = try stage.bascule.run("db", "restore", file, "--yes", "--json")
        #expect(restore.code == 0, "\(restore.output)\(restore.errors)")
        #expect(try restore.ending().report.lost == 0)
        let before = load.progress.requests
        try Wait.until("the load goes on") { load.progress.requests > before + 50 }
        let report = load.finish()
        #expect(report.broken.isEmpty, "\(report.broken.prefix(3))")
        #expect(report.lostConnections.isEmpty)
        #expect(try DatabaseStage.isWhole(stage.live))
        // With nobody at work it is exactly what the file holds.
        let again = try stage.bascule.run("db", "restore", file)
        #expect(again.code == 0, "\(again.output)\(again.errors)")
        #expect(try stage.rows() == 7)
        #expect(try strange(stage).isEmpty)
        #expect(try Set(stage.entries().compactMap(\.reason)) == [.safety])
        #expect(try stage.bascule.run("db", "verify", file).code == 0)
    }

    @Test("A plain name that only the working folder has is that file")
    func workingFolder() throws {
        let stage = try DatabaseStage()
        try stage.add(3, "kept")
        let file = try carry(try stage.backUp(), stage)
        let name = String(file.split(separator: "/").last ?? "")
        let here = try Command(
            Program(
                BuildFolder.path(of: "bascule"), ["db", "restore", name],
                environment: ["BASCULE_SOCKET": stage.bascule.socket],
                folder: stage.folder.file("elsewhere")))
        #expect(here.code == 0, "\(here.output)\(here.errors)")
        // Of that name a safety copy may stand in the backups' folder now.
        let nowhere = try stage.bascule.run("db", "restore", "nowhere-" + name)
        #expect(nowhere.code == 3, "\(nowhere.output)")
    }

    @Test("A flipped octet, no manifest, another's manifest, no database: refused; nothing is left")
    func refused() throws {
        let stage = try DatabaseStage()
        try stage.add(4, "kept")
        let file = try carry(try stage.backUp(), stage)
        func restore(_ more: String...) throws -> Command {
            try Command(stage.bascule.start(["db", "restore", file] + more))
        }
        let good = try Data(contentsOf: URL(filePath: file))
        var flipped = good
        let place = try #require(good.range(of: Data("Food".utf8)))
        flipped[place.lowerBound] ^= 0x20
        try flipped.write(to: URL(filePath: file))
        let octet = try restore()
        #expect(octet.code == 3)
        #expect(octet.output.contains("sha256"), "\(octet.output)")
        try Data(repeating: 0, count: good.count).write(to: URL(filePath: file))
        #expect(try restore("--override", "backup").code == 3)
        try good.write(to: URL(filePath: file))
        let manifest = try String(contentsOfFile: file + ".json", encoding: .utf8)
        try manifest.replacing("web-", with: "api-").replacing(
            /"sha256":"../, with: "\"sha256\":\"zz"
        ).write(
            toFile: file + ".json", atomically: true, encoding: .utf8)
        let other = try restore()
        #expect(other.code == 3)
        #expect(other.output.contains("its manifest is that of api-"), "\(other.output)")
        try FileManager.default.removeItem(atPath: file + ".json")
        let bare = try restore()
        #expect(bare.code == 3)
        #expect(bare.errors.contains("no manifest"), "\(bare.errors)")
        #expect(bare.errors.contains("--override backup"), "\(bare.errors)")
        #expect(try stage.bascule.run("db", "restore", "/nowhere/x.db").code == 3)
        #expect(try stage.rows() == 4)
        #expect(try stage.backups.isEmpty)
        #expect(try strange(stage).isEmpty)
        try stage.add(2, "lost")
        let insisted = try restore("--override", "backup")
        #expect(insisted.code == 0, "\(insisted.output)\(insisted.errors)")
        #expect(try stage.rows() == 4)
    }

    @Test("A large file without a manifest is refused before it is sent")
    func early() throws {
        let stage = try DatabaseStage()
        let file = stage.folder.file("large.db")
        try sparse(file, mebibytes: 4_096)
        let command = try stage.bascule.run("db", "restore", file)
        #expect(command.code == 3, "\(command.output)\(command.errors)")
        #expect(command.errors.contains("no manifest"), "\(command.errors)")
    }

    @Test(
        "A disk that is full, or gets full: refused with the reason, nothing is left",
        .enabled(if: TinyDisk.isPermitted, "nobody may mount here"))
    func fullDisk() throws {
        let folder = try Scratch()
        let disk = try TinyDisk(at: "backups", in: folder, kib: 2_048)
        let stage = try DatabaseStage(folder: folder)
        let file = try carry(try stage.backUp(), stage)
        try disk.fill()
        let full = try stage.bascule.run("db", "restore", file)
        #expect(full.code == 3, "\(full.output)")
        #expect(full.errors.contains("octets free"), "\(full.errors)")
        try disk.empty()
        #expect(try strange(stage).isEmpty)
        #expect(try stage.bascule.run("db", "restore", file).code == 0)
    }

    @Test("A write that fails is told, and nothing is left")
    func writeFails() throws {
        let stage = try DatabaseStage(faults: "receive.write=ENOSPC")
        let file = try carry(try stage.backUp(), stage)
        let command = try stage.bascule.run("db", "restore", file)
        #expect(command.code == 3, "\(command.output)")
        #expect(command.errors.contains("receive.write"), "\(command.errors)")
        #expect(command.errors.contains("make room"), "\(command.errors)")
        #expect(try strange(stage).isEmpty)
        #expect(try stage.bascule.service().operation == nil)
    }

    enum Victim: String, CaseIterable, Sendable { case client, controller, job, controllerAndJob }

    @Test(
        "Whoever is killed while a file is sent: nothing is left, and the service is as before",
        arguments: Victim.allCases)
    func killed(victim: Victim) throws {
        let stage = try DatabaseStage(faults: "receive.write=stop@1")
        try stage.add(2, "kept")
        _ = try stage.backUp()
        let file = stage.folder.file("large.db")
        try sparse(file, mebibytes: 256)
        let program = try stage.bascule.start(["db", "restore", file, "--override", "backup"])
        let job = try Wait.forValue("the job stops at its first write") {
            stage.bascule.roles.first {
                $0.title.hasPrefix("bascule: database") && ProcessFacts.isStopped($0.pid)
            }?.pid
        }
        #expect(try strange(stage).count == 1)
        let controller = try stage.bascule.pid(of: "controller")
        switch victim {
        case .client: program.kill()
        case .controller: ChildProcess.send(.kill, to: controller)
        case .job: ChildProcess.send(.kill, to: job)
        case .controllerAndJob:
            ChildProcess.send(.kill, to: controller)
            ChildProcess.send(.kill, to: job)
        }
        ChildProcess.send(.resume, to: job)
        let command = try Command(program)
        #expect(command.code != 0)
        try Wait.until("nothing is left: \(try strange(stage))", seconds: 20) {
            try strange(stage).isEmpty
        }
        try Wait.until("the service is free and open", seconds: 20) {
            let status = try stage.bascule.run("status", "--json")
            guard status.code == 0 else { return false }
            let service = try status.answer(Status.self).services[0]
            return service.phase == .open && service.operation == nil
        }
        #expect(try stage.rows() == 2)
    }

    /// A file of so many MiB that takes no room.
    private func sparse(_ path: String, mebibytes: UInt64) throws {
        try Data().write(to: URL(filePath: path))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.truncate(atOffset: mebibytes << 20)
        try file.close()
    }
}
