import Board
import Control
import Foundation
import Kernel
import Testing

/// The wall clock jumps or stands still; only what people read may notice.
@Suite("Clock jumps", .serialized, .timeLimit(.minutes(1)))
struct ClockTests {
    /// libdispatch parks a thread that has nothing to do for five seconds of the wall clock, then
    /// ends it; work wakes it before. That moves nobody's deadline.
    private static let parking: Set = ["bascule: controller: sem_timedwait"]

    @Test(
        "Ahead, back or not at all: holds, drains, probes and deadlines go by another clock",
        arguments: [
            FalseClock.Time.shifted(3_600), .shifted(-86_400 * 400), .standing(0),
        ])
    func jump(to time: FalseClock.Time) throws {
        let folder = try Scratch()
        let clock = try FalseClock(in: folder)
        let mayAnswer = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/slow" { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(
            Configuration(blue: [blue], green: [green]), wrapper: clock.wrapper, folder: folder)
        try bascule.waitForHealth()
        let slow = try bascule.connect()
        try slow.send(RawConnection.request("GET", "/slow"))
        try Wait.until("blue is at work") { !blue.requests.isEmpty }
        let command = try bascule.start(["switch", "green", "--json"])
        try Wait.until("the service is held") { try bascule.service().phase == .held }
        let held = try bascule.connect()
        try held.send(RawConnection.request("GET", "/held"))
        try Wait.until("one waits") { try bascule.service().held == 1 }
        try clock.set(time)
        // Neither the hold nor the drain is over because of that.
        #expect(try !held.hasMore(within: 0.3))
        #expect(command.isRunning)
        mayAnswer.reach(0)
        #expect(try slow.readAnswer().text == "blue")
        #expect(try held.readAnswer().text == "green")
        let result = try Command(command)
        #expect(result.code == 0, "\(result.errors)")
        #expect(try result.ending().report.lost == 0)
        // Probes go on: who falls ill is seen.
        blue.isHealthy = false
        try Wait.until("blue is seen to be ill", seconds: 3) { try !isHealthy(.blue, bascule) }
        blue.isHealthy = true
        try Wait.until("blue is seen to be well", seconds: 3) { try isHealthy(.blue, bascule) }
        // A deadline is as far away as it says, and a jump in its middle moves nothing.
        let begin = Instant.now
        #expect(try bascule.run("hold", "--for", "700ms").code == 0)
        try clock.set(.shifted(0))
        #expect(try held.get("/again").text == "green")
        let waited = Instant.now.milliseconds(since: begin)
        #expect(waited >= 500)
        #expect(waited < 4_000)
        try expectOrder(bascule, clock)
        #expect(try held.get("/back").text == "blue")
    }

    /// The newest operation is told first, whatever the clock said of it, and nobody waited by it.
    private func expectOrder(_ bascule: Bascule, _ clock: FalseClock) throws {
        #expect(try bascule.run("rollback").code == 0)
        let history = try bascule.run("history", "--json").answer(HistoryAnswer.self)
        #expect(history.operations.map(\.kind) == [.rollback, .hold, .switch])
        #expect(clock.waits.subtracting(Self.parking).isEmpty, "\(clock.waits)")
    }

    private func isHealthy(_ color: Color, _ bascule: Bascule) throws -> Bool {
        try bascule.service().colors.first { $0.name == color }?.healthy ?? false
    }
}
