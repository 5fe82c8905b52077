internal import Control
internal import Kernel

/// What is known of a deploy's command, which the client runs: that it runs, as long as the client
/// says so every second, and how it ended.
actor DeployLease {
    /// Five times what the client keeps to: a machine that migrates is busy.
    static let silenceMax = Duration.seconds(5)
    /// Between two looks of whoever waits for its end.
    static let lookInterval = Duration.milliseconds(10)

    enum Ending: Hashable, Sendable {
        case done
        /// A sentence of how it went wrong.
        case failed(String)
        /// Nobody said anything for too long.
        case silent
        case ranOut
    }

    private var heard: Instant?
    private(set) var process: Int32?
    private var ended: LeaseBody?
    private var isOver = false

    /// What the client says, and what it is told.
    func said(_ body: LeaseBody) -> LeaseAnswer.State {
        heard = .now
        process = body.pid ?? process
        switch body.state {
        case .running: break
        case .ended: ended = body
        }
        return isOver && body.state == .running ? .over : .running
    }

    /// The client may run the command now, and is waited for; until the end of the command, or
    /// until nobody waits any more. `started` hears once which process it is.
    func end(by deadline: Instant, _ started: (Int32) async -> Void) async -> Ending {
        heard = .now
        var isKnown = false
        while true {
            if !isKnown, let process {
                isKnown = true
                await started(process)
            }
            if let ended { return Self.ending(of: ended) }
            let now = Instant.now
            if now >= deadline {
                isOver = true
                return .ranOut
            }
            if let heard, now.duration(since: heard) >= Self.silenceMax {
                isOver = true
                return .silent
            }
            await sleep(Self.lookInterval)
        }
    }

    /// Nobody waits for the command any more: the client is told to end it.
    func giveUp() { isOver = true }

    /// Whether the command may still be at work: nobody has said that it has ended, and its
    /// process is there. Where that is not known, a client that speaks is taken at its word.
    var mayRun: Bool {
        if ended != nil { return false }
        if let process { return Files.kind("/proc/\(process)") != nil }
        guard let heard else { return false }
        return Instant.now.duration(since: heard) < .seconds(2)
    }

    /// Of an operation that a controller before this one began.
    func remember(process: Int32?) {
        self.process = process
        heard = .now
    }

    private static func ending(of body: LeaseBody) -> Ending {
        switch (body.code, body.signal) {
        case (0, nil): .done
        case (let code?, nil): .failed("the command ended with exit code \(code)")
        case (_, let signal?): .failed("the command was ended by signal \(signal)")
        case (nil, nil): .failed("the command did not run: \(body.reason ?? "no reason given")")
        }
    }
}
