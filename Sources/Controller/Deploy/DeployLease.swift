internal import Control
internal import Journal
internal import Kernel

/// What is known of a deploy's command, which the client runs: that it runs, as long as the client
/// says so every second, and how it ended.
actor DeployLease {
    /// Five times what the client keeps to: a machine that migrates is busy.
    static let silenceMax = Duration.seconds(5)
    /// Twice what the client keeps to: so long it is taken at its word that the command runs.
    static let wordMax = Duration.seconds(2)
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
    private(set) var process: ProcessMark?
    private var ended: LeaseBody?
    private var isOver = false

    /// What the client says, and what it is told. `peer`: its process as the kernel tells it.
    func said(_ body: LeaseBody, peer: Int32) -> LeaseAnswer.State {
        heard = .now
        // In another pid namespace the number of the command means somebody else here.
        let isOurNumber = body.client == nil || body.client == peer
        if isOurNumber, let pid = body.pid, pid != process?.pid {
            process = ProcessMark(running: pid) ?? process
        }
        switch body.state {
        case .running: break
        case .ended: ended = body
        }
        return isOver && body.state == .running ? .over : .running
    }

    /// The client may run the command now, and is waited for; until the end of the command, or
    /// until nobody waits any more. `started` hears once which process it is.
    func end(by deadline: Instant, _ started: (ProcessMark) async -> Void) async -> Ending {
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

    /// Why the command will not run: the client has said so before its turn came.
    var refusal: String? {
        guard let ended, case .failed(let how) = Self.ending(of: ended) else { return nil }
        return how
    }

    /// Whether the command may still be at work: nobody has said that it has ended, and its process
    /// is there, or a client that speaks says that it runs.
    var mayRun: Bool {
        if ended != nil { return false }
        if let process, process.isRunning { return true }
        guard let heard else { return false }
        return Instant.now.duration(since: heard) < Self.wordMax
    }

    /// Of an operation that a controller before this one began.
    func remember(process: ProcessMark?) {
        self.process = process
        heard = process == nil ? .now : nil
    }

    private static func ending(of body: LeaseBody) -> Ending {
        switch (body.code, body.signal) {
        case (0, nil): .done
        case (let code?, nil): .failed("the command ended with exit code \(code)")
        case (_, let signal?): .failed("the command was ended by signal \(signal)")
        case (nil, nil):
            .failed(
                "the command \(body.pid == nil ? "did not run" : "was ended"): "
                    + (body.reason ?? "no reason given"))
        }
    }
}

extension DeployMoment {
    /// The command's process; nil where it is not known.
    var mark: ProcessMark? { process.map { ProcessMark(pid: $0, started: started) } }
}
