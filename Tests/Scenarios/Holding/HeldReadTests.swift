import Board
import Kernel
import Testing

/// Reads while only writes are held.
@Suite("Held writes", .serialized, .timeLimit(.minutes(1)))
struct HeldReadTests {
    @Test("Where only writes are held, a read that waited behind one goes on")
    func readBehindWrite() throws {
        let folder = try Scratch()
        let colors = try TwoColors { $0.workers = 1 }
        let bascule = colors.bascule
        #expect(try bascule.run("hold").code == 0)
        let writer = try bascule.connect()
        try writer.send(RawConnection.request("POST", "/write", ["Content-Length: 2"]) + "ok")
        try colors.waitForHeld(1)
        let reader = try bascule.connect()
        try reader.send(RawConnection.request("GET", "/read"))
        try colors.waitForHeld(2)
        let go = folder.file("go")
        let deploy = try bascule.start([
            "deploy", "green", "--watch", "0s", "--", "/bin/sh", "-c",
            "while [ ! -e \(go) ]; do sleep 0.05; done",
        ])
        #expect(try reader.readAnswer().text == "blue")
        #expect(colors.blue.requests.map(\.path) == ["/read"])
        try folder.write("", to: "go")
        #expect(try writer.readAnswer().text == "green")
        #expect(try deploy.ending() == 0)
    }
}
