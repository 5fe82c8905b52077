import Board
import Control
import Kernel

/// Two scripted apps behind Bascule, both healthy: what most scenarios of a switch begin with.
///
/// `/slow` of blue is answered only once the test lets it.
struct TwoColors {
    let blue: ScriptedUpstream
    let green: ScriptedUpstream
    let bascule: Bascule
    private let mayAnswer = Steps()

    init(_ change: (inout Configuration) -> Void = { _ in }) throws {
        let mayAnswer = mayAnswer
        blue = try ScriptedUpstream { request, connection in
            if request.path.hasPrefix("/slow") { try mayAnswer.wait(for: 0) }
            try connection.send(ScriptedUpstream.answer("blue"))
            return .keep
        }
        green = try ScriptedUpstream(ScriptedUpstream.answering("green"))
        var configuration = Configuration(blue: [blue], green: [green])
        change(&configuration)
        bascule = try Bascule(configuration)
        try bascule.waitForHealth()
    }

    /// A request that blue is at work on until `letSlowAnswer`.
    func startSlow(_ path: String = "/slow") throws -> RawConnection {
        let client = try bascule.connect()
        let before = blue.requests.count
        try client.send(RawConnection.request("GET", path))
        try Wait.until("blue is at work on \(path)") { blue.requests.count > before }
        return client
    }

    func letSlowAnswer() { mayAnswer.reach(0) }

    /// Waits until the service is held, by hand or by an operation.
    func waitForHold() throws {
        try Wait.until("the service is held") { try bascule.service().phase == .held }
    }

    /// Waits until an operation waits for the requests of the old color, a moment after its hold.
    func waitForDrain() throws {
        try Wait.until("the drain has begun") {
            try bascule.service().operation?.step == .drain
        }
    }

    /// Waits until so many requests wait.
    func waitForHeld(_ count: Int) throws {
        try Wait.until("\(count) requests wait") { try bascule.service().held == count }
    }
}
