import Board
import Control
import Kernel

/// Two colors with streams on them, and a short grace.
struct StreamColors {
    let blue: ScriptedUpstream
    let green: ScriptedUpstream
    let bascule: Bascule

    /// `grace` in milliseconds.
    init(
        blue: @escaping ScriptedUpstream.Behaviour,
        green: @escaping ScriptedUpstream.Behaviour = ScriptedUpstream.answering("green"),
        grace: Int = 0
    ) throws {
        self.blue = try ScriptedUpstream(blue)
        self.green = try ScriptedUpstream(green)
        var configuration = Configuration(blue: [self.blue], green: [self.green])
        configuration.services[0].switchover.append("stream_grace: \(grace)ms")
        bascule = try Bascule(configuration)
        try bascule.waitForHealth()
    }

    /// A client whose WebSocket is open.
    func openSocket() throws -> RawConnection {
        let client = try bascule.connect()
        try WebSocketPeer.open("/socket", on: client)
        return client
    }

    func switchColor(to color: String = "green") throws -> Command {
        try bascule.run("switch", color, "--json")
    }

    func streams(_ color: Color = .blue) throws -> Int {
        try bascule.service().colors.first { $0.name == color }?.streams ?? 0
    }

    func waitForStreams(_ count: Int, _ color: Color = .blue) throws {
        try Wait.until("\(count) streams on \(color.name)") { try streams(color) == count }
    }
}
