import Board
import Control
import Foundation
import Kernel
import Testing

/// The library of faketime(1), where it is installed.
enum FakeTime {
    static let library = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .map { "/usr/lib/\($0)/faketime/libfaketime.so.1" }
        .first { FileManager.default.fileExists(atPath: $0) }
}

/// The wall clock jumps; only what people read may notice. The library of faketime(1) lies to every
/// role about the time of day, and to nobody about the monotonic clock, as a real jump would.
@Suite(
    "Clock jumps", .serialized, .timeLimit(.minutes(1)),
    .enabled(if: FakeTime.library != nil, "libfaketime is not installed"))
struct ClockTests {
    @Test(
        "An hour ahead and back: holds, drains and deadlines go by another clock",
        arguments: ["+1h"])
    func jump(to time: String) throws {
        let folder = try Scratch()
        let clock = try folder.write("+0\n", to: "clock")
        let mayAnswer = Steps()
        let blue = try ScriptedUpstream { request, connection in
            if request.path == "/slow" { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(
            Configuration(blue: [blue], green: [green]),
            wrapper: [
                "/usr/bin/env", "LD_PRELOAD=\(FakeTime.library ?? "")", "DONT_FAKE_MONOTONIC=1",
                "FAKETIME_NO_CACHE=1", "FAKETIME_TIMESTAMP_FILE=\(clock)",
                // The library moves the environment of the first program that it is loaded into,
                // and Swift finds its arguments by where that lies.
                "/usr/bin/env",
            ], folder: folder)
        try bascule.waitForHealth()
        let slow = try bascule.connect()
        try slow.send(RawConnection.request("GET", "/slow"))
        try Wait.until("blue is at work") { !blue.requests.isEmpty }
        let command = try bascule.start(["switch", "green", "--json"])
        try Wait.until("the service is held") { try bascule.service().phase == .held }
        let held = try bascule.connect()
        try held.send(RawConnection.request("GET", "/held"))
        try Wait.until("one waits") { try bascule.service().held == 1 }
        try folder.write("\(time)\n", to: "clock")
        // Neither the hold nor the drain is over because of that.
        #expect(try !held.hasMore(within: 0.5))
        #expect(command.isRunning)
        mayAnswer.reach(0)
        #expect(try slow.readAnswer().text == "blue")
        #expect(try held.readAnswer().text == "green")
        let result = try Command(command)
        #expect(result.code == 0, "\(result.errors)")
        #expect(try result.ending().report.lost == 0)
        // A deadline is as far away as it says, and a jump back in its middle moves nothing.
        let begin = Instant.now
        #expect(try bascule.run("hold", "--for", "1500ms").code == 0)
        try folder.write("+0\n", to: "clock")
        #expect(try held.get("/again").text == "green")
        let waited = Instant.now.milliseconds(since: begin)
        #expect(waited >= 1_000)
        #expect(waited < 8_000)
        #expect(try bascule.run("rollback").code == 0)
        #expect(try held.get("/back").text == "blue")
    }
}
