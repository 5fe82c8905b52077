import Board
import Control
import Kernel
import Testing

/// A service that answers 503 on purpose.
@Suite("Maintenance", .serialized, .timeLimit(.minutes(1)))
struct MaintenanceTests {
    @Test("on answers 503 with the operator's words for browsers and programs, off serves again")
    func onAndOff() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        let kept = try bascule.connect()
        #expect(try kept.get("/before").text == "blue")
        let words = "Back at <noon> & \"rested\""
        let on = try bascule.run("maintenance", "on", "--message", words)
        #expect(on.code == 0, "\(on.errors)")
        let problem = try kept.get("/during")
        #expect(problem.status == 503)
        #expect(problem["x-bascule-reason"] == "maintenance")
        #expect(problem["retry-after"] != nil)
        #expect(problem["content-type"]?.contains("problem+json") == true)
        #expect(problem.text.contains("Back at <noon> & \\\"rested\\\""))
        let page = try bascule.get("/during", "Accept: text/html")
        #expect(page["content-type"]?.contains("text/html") == true)
        #expect(page.text.contains("Back at &lt;noon&gt; &amp; &quot;rested&quot;"))
        let service = try bascule.service()
        #expect(service.phase == .maintenance)
        #expect(service.notice == words)
        #expect(service.phaseEnds == nil)
        let deploy = try bascule.run("deploy", "green", "--", "true")
        #expect(deploy.code == 3)
        #expect(deploy.errors.contains("is in maintenance"), "\(deploy.errors)")
        #expect(try bascule.run("maintenance", "web", "off").code == 0)
        #expect(try bascule.get("/after").text == "blue")
        #expect(try bascule.service().phase == .open)
        #expect(try bascule.run("maintenance", "off").code == 0)
        #expect(!colors.blue.requests.contains { $0.path == "/during" })
        let kinds = try bascule.run("history", "--json").answer(HistoryAnswer.self)
            .operations.map(\.kind)
        #expect(kinds == [.maintenance, .maintenance])
    }

    @Test("Of many that wait none is forgotten when a hold ends in a maintenance")
    func afterHold() throws {
        let colors = try TwoColors { $0.workers = 1 }
        let bascule = colors.bascule
        #expect(try bascule.run("hold").code == 0)
        let clients = try (0..<12).map { _ in try bascule.connect() }
        for client in clients { try client.send(RawConnection.request("GET", "/held")) }
        try colors.waitForHeld(12)
        #expect(try bascule.run("maintenance", "on").code == 0)
        for client in clients {
            #expect(try client.readAnswer()["x-bascule-reason"] == "maintenance")
        }
        #expect(try bascule.run("maintenance", "off").code == 0)
        for client in clients { #expect(try client.get("/after").text == "blue") }
        // The next hold lets go as many as ever.
        #expect(try bascule.run("hold").code == 0)
        for client in clients { try client.send(RawConnection.request("GET", "/again")) }
        try colors.waitForHeld(12)
        #expect(try bascule.run("release").code == 0)
        for client in clients { #expect(try client.readAnswer().text == "blue") }
    }

    @Test("With --for it ends by itself, whether or not anybody asks or a controller lives")
    func ends() throws {
        let colors = try TwoColors()
        let bascule = colors.bascule
        // A look may come late, and the phase with a near end be over by then.
        #expect(try bascule.run("maintenance", "on", "--for", "1h").code == 0)
        #expect(try bascule.service().phaseEnds != nil)
        #expect(try bascule.get("/").status == 503)
        #expect(try bascule.run("maintenance", "on", "--for", "1s").code == 0)
        // Nobody asks: the controller ends it.
        try Wait.until("the phase is open") { try bascule.service().phase == .open }
        #expect(try bascule.run("maintenance", "on", "--for", "1s").code == 0)
        let controller = try bascule.pid(of: "controller")
        ChildProcess.send(.stop, to: controller)
        defer { ChildProcess.send(.resume, to: controller) }
        try Wait.until("requests are served without a controller") {
            try bascule.get("/").text == "blue"
        }
    }

    @Test("A switch under maintenance changes the color and leaves the maintenance")
    func switchMeanwhile() throws {
        let colors = try TwoColors()
        #expect(try colors.bascule.run("maintenance", "on").code == 0)
        let command = try colors.bascule.run("switch", "green")
        #expect(command.code == 0, "\(command.output)\(command.errors)")
        #expect(try colors.bascule.service().phase == .maintenance)
        #expect(try colors.bascule.get("/").status == 503)
        #expect(try colors.bascule.run("maintenance", "off").code == 0)
        #expect(try colors.bascule.get("/").text == "green")
    }

    @Test(
        "It outlives a restart of everything, to the end that was said, and so does its absence",
        arguments: [nil, "1h", "700ms"] as [String?])
    func restart(time: String?) throws {
        let colors = try TwoColors()
        let folder = colors.bascule.folder
        let line =
            ["maintenance", "on", "--message", "moving"] + (time.map { ["--for", $0] } ?? [])
        #expect(try Command(colors.bascule.start(line)).code == 0)
        try colors.bascule.stop()
        if time == "700ms" { _ = Wait.staysFalse(seconds: 0.75) { false } }
        let configuration = Configuration(blue: [colors.blue], green: [colors.green])
        let second = try Bascule(configuration, folder: folder)
        let service = try second.service()
        if time == "700ms" {
            #expect(service.phase == .open)
            #expect(try second.get("/").text == "blue")
            return
        }
        #expect(service.phase == .maintenance)
        #expect(service.notice == "moving")
        #expect((service.phaseEnds != nil) == (time != nil))
        #expect(try second.get("/").status == 503)
        #expect(try second.run("maintenance", "off").code == 0)
        try second.stop()
        let third = try Bascule(configuration, folder: folder)
        #expect(try third.service().phase == .open)
        #expect(try third.get("/").text == "blue")
    }

    @Test("What cannot be is refused by name, and the longest message that can be is taken")
    func limits() throws {
        let bascule = try TwoColors().bascule
        let longest = String(repeating: "x", count: 1_024)
        #expect(try bascule.run("maintenance", "on", "--message", longest).code == 0)
        for (line, word) in [
            (["maintenance", "on", "--message", longest + "x"], "1024"),
            (["maintenance", "on", "--message", "a\u{1b}[2Jb"], "control character"),
            (["maintenance", "on", "--for", "0s"], "for"), (["maintenance"], "on"),
            (["maintenance", "sideways"], "sideways"),
            (["maintenance", "nothing", "on"], "nothing"),
            (["maintenance", "off", "--message", "x"], "off"),
        ] as [([String], String)] {
            let command = try Command(bascule.start(line))
            #expect(command.code == 64, "\(line.prefix(2)): \(command.output)\(command.errors)")
            #expect((command.output + command.errors).contains(word), "\(line.prefix(2))")
        }
        #expect(try bascule.service().notice == longest)
    }

    @Test("hold --for is seen in status, is warned of in events, and ends without a request")
    func holdFor() throws {
        let bascule = try TwoColors().bascule
        let events = try bascule.start(["events", "--json"])
        try Wait.until("somebody watches") {
            try bascule.run("release").code == 0
                && bascule.run("hold", "--for", "1h").code == 0
                && events.standardOutput.contains("held by hand")
        }
        let service = try bascule.service()
        #expect(service.phase == .held)
        #expect(service.phaseEnds != nil)
        #expect(try bascule.run("release").code == 0)
        #expect(try bascule.run("hold", "--for", "1s").code == 0)
        try Wait.until("the phase is open") { try bascule.service().phase == .open }
        try Wait.until("the end was told, and before it that it comes") {
            events.standardOutput.contains("ended by itself")
                && events.standardOutput.contains("held ends in")
        }
    }
}
