import Board
import Control
import Kernel
import Testing

/// A switch that meets a request which does not end.
@Suite("Drains", .serialized, .timeLimit(.minutes(1)))
struct DrainTests {
    @Test("A drain that runs out ends with 4, names what blocked it, and leaves all as it was")
    func back() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow("/slow/report?secret=1")
        let epoch = try colors.bascule.service().epoch
        let command = try colors.bascule.start(["switch", "green", "--drain-timeout", "1s"])
        // What it wrote stays, where a look at the phase may come too late.
        try Wait.until("the service is held") {
            command.standardOutput.contains("no request starts from epoch")
        }
        let held = try colors.bascule.connect()
        try held.send(RawConnection.request("GET", "/held"))
        let result = try Command(command)
        #expect(result.code == 4, "\(result.errors)")
        let said = result.output + result.errors
        #expect(said.contains("GET /slow/report"))
        #expect(!said.contains("secret"))
        #expect(try held.readAnswer().text == "blue")
        let service = try colors.bascule.service()
        #expect(service.active == .blue)
        #expect(service.phase == .open)
        #expect(service.operation == nil)
        #expect(service.epoch == epoch + 2)
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try colors.bascule.run("switch", "green").code == 0)
    }

    @Test("With `overlap` it goes on: the old request ends on the old color, new ones are green")
    func overlap() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow()
        let result = try colors.bascule.run(
            "switch", "green", "--drain-timeout", "300ms", "--on-drain-timeout", "overlap", "--json"
        )
        #expect(result.code == 0, "\(result.errors)")
        #expect(try result.ending().active == .green)
        #expect(try colors.bascule.get("/").text == "green")
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
    }

    @Test("The mode overlap switches at once and waits for the old color to get quiet")
    func overlapMode() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow()
        let command = try colors.bascule.start(["switch", "green", "--mode", "overlap", "--json"])
        try Wait.until("green serves") { try colors.bascule.get("/").text == "green" }
        #expect(command.isRunning)
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        let result = try Command(command)
        #expect(result.code == 0)
        #expect(try result.ending().report.held == 0)
    }

    @Test("A second operation gets 7 and is told who, which step and since when")
    func busy() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow()
        let first = try colors.bascule.start(["switch", "green"])
        try colors.waitForDrain()
        for line in [["switch", "green"], ["rollback"]] {
            let second = try Command(colors.bascule.start(line))
            #expect(second.code == 7, "\(line)")
            #expect(second.errors.contains("drain"), "\(second.errors)")
        }
        let operation = try #require(try colors.bascule.service().operation)
        #expect(operation.kind == .switch)
        #expect(operation.step == .drain)
        #expect(operation.to == .green)
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try Command(first).code == 0)
    }

    @Test("A command that is interrupted does not stop its operation")
    func hangUp() throws {
        let colors = try TwoColors()
        let slow = try colors.startSlow()
        let command = try colors.bascule.start(["switch", "green"])
        try colors.waitForHold()
        command.kill()
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        try Wait.until("green is active") { try colors.bascule.service().active == .green }
    }

    @Test("A stream does not block the drain; it stays on the old color and is reported")
    func streams() throws {
        let goesOn = Steps()
        let blue = try ScriptedUpstream { _, connection in
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            for step in 0..<2 {
                try goesOn.wait(for: step)
                try connection.send("5\r\nblue\n\r\n")
            }
            return .keep
        }
        let green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/events"))
        _ = try client.readHead()
        goesOn.reach(0)
        #expect(try client.readChunk() == Array("blue\n".utf8))
        let result = try bascule.run("switch", "green", "--json")
        #expect(result.code == 0)
        #expect(try result.ending().report.streams == 1)
        goesOn.reach(1)
        #expect(try client.readChunk() == Array("blue\n".utf8))
        #expect(try bascule.get("/").text == "green")
    }
}
