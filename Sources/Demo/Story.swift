internal import Board
internal import Control
internal import Foundation
internal import Kernel
internal import LoadClient

/// What happens in the demo, in this order.
struct Story {
    let workshop: Workshop
    let console: DemoConsole
    let patience: Patience

    /// How long each color is shown alone.
    private static let sceneDuration = Duration.seconds(3)
    private static let service = "ledger"

    /// Returns the exit code.
    func tell() throws -> Int32 {
        try start()
        let load = try Load(
            LoadPlan(
                to: workshop.ports.address(workshop.ports.front),
                prefix: "demo-\(ThisProcess.identifier)", connections: 8, restMilliseconds: 8))
        var scenes = Scenes()
        let report: LoadReport
        do {
            try perform(&scenes, load)
            report = load.finish()
        } catch {
            // The load ends before the processes that it talks to.
            _ = load.finish()
            throw error
        }
        let operations = try history()
        let audit = try Audit(report: report, scenes: scenes, workshop: workshop)
        console.chapter("Answers a second, over time")
        console.say(Picture(report: report, scenes: scenes).drawn(on: console))
        console.chapter("The count")
        let result = DemoResult(report: report, audit: audit, operations: operations)
        console.say(result.table(on: console))
        return result.exitCode
    }

    /// Bascule and blue, with an empty ledger.
    private func start() throws {
        let front = workshop.ports.address(workshop.ports.front)
        console.chapter("Blue serves; Bascule stands before it at http://\(front)")
        _ = try workshop.startLedger("blue", level: 1, migrates: true)
        try awaitHealth(of: workshop.ports.blue, "blue")
        _ = try workshop.startBascule()
        try patience.wait(for: "Bascule to serve", atMost: .seconds(15)) {
            try workshop.checkRunning()
            return answers(200, "GET", "/health", at: front) && isHealthy(.blue)
        }
        guard
            answers(201, "POST", "/categories", #"{"name":"Groceries"}"#, at: front)
        else { throw DemoFailure(description: "the first category could not be created") }
        console.say(
            "  8 clients create transactions with ids of their own and read each one back.")
    }

    private func perform(_ scenes: inout Scenes, _ load: Load) throws {
        scenes.served("blue", from: .now)
        try show(load)

        console.chapter("Green comes with a migration that is not applied: the switch is refused")
        let early = try workshop.startLedger("green", level: 2, migrates: false)
        try awaitHealth(of: workshop.ports.green, "green")
        try awaitControllerSees(.green)
        scenes.mark("refused")
        try command(["switch", "green"], expecting: .refused)
        try workshop.end(early)

        console.chapter(
            "Green applies it while blue serves: one column more, which blue never asks for")
        _ = try workshop.startLedger("green", level: 2, migrates: true)
        try awaitHealth(of: workshop.ports.green, "green")
        try awaitControllerSees(.green)
        scenes.mark("switch")
        scenes.unserve(at: .now)
        try command(["switch", "green"], expecting: .done)
        scenes.served("green", from: .now)
        try show(load)

        console.chapter(
            "Back to blue: the database is ahead of it, by a change that its code survives")
        try command(["check", "--to", "blue"], expecting: .done)
        console.say(
            """
              Bascule has kept the schema that blue was made for and knows what was changed since: a
              column that code which names its columns never meets. So the way back is open.
            """)
        scenes.mark("rollback")
        scenes.unserve(at: .now)
        try command(["rollback"], expecting: .done)
        scenes.served("blue", from: .now)
        try show(load)
        try workshop.checkRunning()
    }

    // MARK: Steps

    /// Lets a color be seen at work for a while.
    private func show(_ load: Load) throws {
        guard console.isWatched else { return try patience.pass(Self.sceneDuration) }
        var line = LiveLine(console: console, progress: load.progress)
        let end = ContinuousClock.now + Self.sceneDuration
        defer { line.clear() }
        while ContinuousClock.now < end {
            try patience.pass(LiveLine.interval)
            line.draw(load.progress)
        }
    }

    private func command(_ words: [String], expecting exit: Exit) throws {
        console.command(["bascule"] + words)
        let code = try workshop.command(words)
        console.say(console.dim("  exit code \(code)"))
        guard code == exit.rawValue else {
            throw DemoFailure(
                description: "bascule \(words[0]) ended with \(code), not with \(exit.rawValue)")
        }
    }

    private func awaitHealth(of port: UInt16, _ name: String) throws {
        try patience.wait(for: "\(name) to be healthy", atMost: .seconds(15)) {
            try workshop.checkRunning()
            return answers(200, "GET", "/health", at: workshop.ports.address(port))
        }
    }

    /// The controller probes on its own clock; a switch asked before it has seen the new process
    /// would be refused for its health.
    private func awaitControllerSees(_ color: Color) throws {
        try patience.wait(for: "Bascule to see \(color.name) healthy", atMost: .seconds(15)) {
            try workshop.checkRunning()
            return isHealthy(color)
        }
    }

    // MARK: Questions

    private func answers(
        _ status: Int, _ method: String, _ path: String, _ body: String = "",
        at address: SocketAddress
    ) -> Bool {
        do {
            return try Call.send(
                method, path, body: body, to: address, until: Self.soon
            ).status == status
        } catch {
            return false
        }
    }

    private func isHealthy(_ color: Color) -> Bool {
        do {
            let status = try ask("/v1/status", Status.self)
            return status.services.first?.colors.contains { $0.name == color && $0.healthy } == true
        } catch {
            return false
        }
    }

    private func history() throws -> [HistoryEntry] {
        try ask("/v1/history?service=\(Self.service)", HistoryAnswer.self).operations
    }

    private func ask<Answer: Decodable>(_ path: String, _ type: Answer.Type) throws -> Answer {
        let reply = try Call.send(
            "GET", path, to: .unix(path: workshop.socket), until: Self.soon)
        guard reply.status == 200 else {
            throw DemoFailure(description: "GET \(path) was answered \(reply.status)")
        }
        return try ControlJSON.decode(type, from: Data(reply.body))
    }

    private static var soon: Instant { Instant.now.advanced(byNanoseconds: 2_000_000_000) }
}
