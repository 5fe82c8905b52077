import Board
import Control
import Kernel
import Testing

/// Who is at work when.
@Suite("One color at a time", .serialized, .timeLimit(.minutes(2)))
struct BusyTests {
    @Test("In twenty handovers under load there is no moment with both colors busy")
    func handover() throws {
        let meter = BusyMeter()
        let blue = try meter.app("blue", milliseconds: 5)
        let green = try meter.app("green", milliseconds: 5)
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let crowd = Crowd(12, to: bascule.address)
        for number in 0..<20 {
            try crowd.waitForAnswers(40)
            let color = number.isMultiple(of: 2) ? "green" : "blue"
            let command = try bascule.run("switch", color, "--json")
            #expect(command.code == 0, "\(command.output)\(command.errors)")
            // Once in the hold, and behind those that were let go before: then the queue is empty,
            // although every client asks again at once.
            #expect(try command.ending().report.held <= 4 * 12)
        }
        try crowd.waitForAnswers(40)
        let results = try crowd.stop()
        #expect(meter.bothBusy == 0)
        #expect(results.failures.isEmpty, "\(results.failures.prefix(3))")
        #expect(crowd.connections == 12)
        #expect(!green.requests.isEmpty)
        // Nothing was sent twice: every answer is one request at one app.
        #expect(blue.requests.count + green.requests.count == results.count)
    }

    @Test("The meter can see both at work: an overlap while blue takes its time")
    func meter() throws {
        let meter = BusyMeter()
        let mayEnd = Steps()
        let blue = try meter.app("blue") { try mayEnd.wait(for: 0) }
        let green = try meter.app("green", milliseconds: 5)
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let client = try bascule.connect()
        try client.send(RawConnection.request("GET", "/"))
        try Wait.until("blue is at work") { !blue.requests.isEmpty }
        let command = try bascule.start(["switch", "green", "--mode", "overlap"])
        try Wait.until("green is active") { try bascule.service().active == .green }
        #expect(try bascule.get("/").text == "green")
        mayEnd.reach(0)
        #expect(try client.readAnswer().text == "blue")
        #expect(try Command(command).code == 0)
        #expect(meter.bothBusy > 0)
    }
}
