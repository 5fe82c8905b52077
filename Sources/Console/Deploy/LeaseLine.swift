internal import Control
internal import Kernel

/// What the controller is told of a deploy's command.
struct LeaseLine {
    /// Between two words that it still runs.
    static let pauseNanoseconds: UInt64 = 1_000_000_000
    private static let limit = TimeSpan.seconds(2)

    let client: ControlClient
    let operation: String

    /// What the controller answers; nil where none takes it: one that comes later is told the next
    /// time.
    @discardableResult
    func say(_ body: LeaseBody) -> LeaseAnswer.State? {
        var body = body
        body.client = ThisProcess.identifier
        do {
            let request = ControlRequest(
                .post, Route.lease(operation), body: try ControlClient.body(body))
            return try client.quietDocument(request, limit: Self.limit)
                .decode(LeaseAnswer.self).state
        } catch {
            return nil
        }
    }

    /// Nobody shall wait for a command that will not be run.
    func refuse(_ reason: String) {
        var body = LeaseBody(.ended)
        body.reason = reason
        say(body)
    }
}
