import Control
import GRDB
import Kernel
import LoadClient
import Testing

/// What Bascule is for: two versions of an app on one database, switched while people work.
@Suite("Switches under load, id by id", .serialized, .timeLimit(.minutes(3)))
struct LedgerTests {
    /// Two ledgers on one file behind Bascule, and who was told what.
    private struct Stage {
        let folder: Scratch
        let blue: Ledger
        let green: Ledger
        let bascule: Bascule
        let category: Int

        init(blueLevel: Int = 2, greenLevel: Int = 2) throws {
            folder = try Scratch()
            blue = try Ledger("blue", level: blueLevel, in: folder)
            green = try Ledger("green", level: greenLevel, in: folder, migrates: false)
            category = try blue.makeCategory("Food")
            var service = Configuration.Service()
            service.blue = [blue.address.description]
            service.green = [green.address.description]
            service.lines = ["expose_color: true"]
            service.database = [
                "sqlite: \(Ledger.database(in: folder))", "expect: {health_field: migration}",
            ]
            bascule = try Bascule(Configuration([service]))
            try bascule.waitForHealth()
        }

        func startLoad(_ prefix: String) throws -> Load {
            try Load(
                LoadPlan(
                    to: bascule.address, prefix: prefix, connections: 8, restMilliseconds: 2,
                    category: category))
        }

        /// The transactions in the table.
        func stored() throws -> [String] {
            var configuration = GRDB.Configuration.patient
            configuration.readonly = true
            let queue = try DatabaseQueue(
                path: Ledger.database(in: folder), configuration: configuration)
            return try queue.read {
                try String.fetchAll($0, sql: #"SELECT "Id" FROM "Transactions""#)
            }
        }
    }

    /// A switch that was acknowledged: from when to when, and to whom.
    private struct Switched {
        let color: String
        let began: Instant
        let acknowledged: Instant
        let report: Report
    }

    @Test(
        "Twenty switches under load lose nothing: told is stored, by exactly one of the two",
        arguments: ["handover", "overlap"])
    func twentySwitches(mode: String) throws {
        let stage = try Stage()
        let load = try stage.startLoad("load-\(mode)")
        var switches: [Switched] = []
        for number in 0..<20 {
            let before = load.progress.requests
            try Wait.until("the load goes on") { load.progress.requests > before + 50 }
            let color = number.isMultiple(of: 2) ? "green" : "blue"
            let began = Instant.now
            let command = try stage.bascule.run("switch", color, "--mode", mode, "--json")
            #expect(command.code == 0, "\(command.output)\(command.errors)")
            switches.append(
                Switched(
                    color: color, began: began, acknowledged: .now,
                    report: try command.ending().report))
        }
        let before = load.progress.requests
        try Wait.until("the load goes on") { load.progress.requests > before + 100 }
        let report = load.finish()
        #expect(report.failed.isEmpty, "\(report.failed.prefix(3))")
        #expect(report.lostConnections.isEmpty, "\(report.lostConnections.prefix(3))")
        #expect(report.connectionsMade == 8)
        #expect(report.acknowledged.count > 500)
        try expectEachOnce(report.acknowledged, stage)
        expectNewColor(report, switches)
        for each in switches {
            #expect(each.report.lost == 0)
            #expect(each.report.expired == 0)
        }
        #expect(try stage.bascule.service().held == 0)
        try stage.bascule.stop()
        #expect(try stage.blue.stop() == 0)
        #expect(try stage.green.stop() == 0)
    }

    /// Acknowledged = in the table = in exactly one app's log.
    private func expectEachOnce(_ acknowledged: [String], _ stage: Stage) throws {
        let told = acknowledged.sorted()
        #expect(Set(told).count == told.count, "an id was acknowledged twice")
        #expect(try stage.stored().sorted() == told)
        #expect((stage.blue.accepted + stage.green.accepted).sorted() == told)
        #expect(!stage.blue.accepted.isEmpty)
        #expect(!stage.green.accepted.isEmpty)
    }

    /// From an acknowledgement to the next switch every request is answered by the new color.
    private func expectNewColor(_ report: LoadReport, _ switches: [Switched]) {
        for (index, each) in switches.enumerated() {
            let end = index + 1 < switches.count ? switches[index + 1].began : report.ended
            let between = report.records.filter {
                $0.started >= each.acknowledged && $0.ended <= end
            }
            #expect(between.count >= 20, "switch \(index)")
            let strangers = between.filter { $0.color != each.color }
            #expect(strangers.isEmpty, "switch \(index): \(strangers.prefix(3))")
        }
    }

    @Test("A green that expects a migration which is not applied is refused, with the name of it")
    func refused() throws {
        let stage = try Stage(blueLevel: 2, greenLevel: 3)
        let load = try stage.startLoad("refused")
        let command = try stage.bascule.run("switch", "green")
        #expect(command.code == 3)
        #expect((command.output + command.errors).contains("database-behind"))
        #expect((command.output + command.errors).contains("20240312081000_AddPayee"))
        let report = load.finish()
        #expect(report.failed.isEmpty)
        #expect(report.records.allSatisfy { $0.color == "blue" })
        #expect(try stage.stored().sorted() == report.acknowledged.sorted())
    }
}
