internal import Board
internal import Control
internal import Kernel

/// What happens to a service by itself, looked at a few times a second: the traffic is noted for
/// the next watch, and a phase whose time is over ends although no request comes that would end it.
struct ServiceKeeper: Sendable {
    static let lookInterval = Duration.milliseconds(200)
    /// Whoever watches is told so long before that a hold by hand nears its end.
    static let warning = Duration.seconds(2)

    /// Between two looks at a database that a deploy left behind.
    private static let settlingInterval = Duration.seconds(1)

    let service: ServiceControl

    /// Until it is cancelled.
    func run() async {
        let parts = service.parts
        var warned: UInt64?
        while !Task.isCancelled {
            parts.traffic.note()
            let word = parts.route
            switch word.phase {
            case .open: break
            case .heldWrites: await lookWhetherSettled(word)
            case .held, .maintenance:
                let deadline = parts.board.deadline(parts.index)
                if Instant.now >= deadline {
                    await end(word)
                } else if warned != word.epoch,
                    deadline.duration(since: .now) <= Self.warning, await !service.isBusy
                {
                    warned = word.epoch
                    await tell(
                        .progress, "\(word.phase.name) ends in \(Self.warning) or less", parts)
                }
            }
            await sleep(Self.lookInterval)
        }
    }

    /// What a deploy left closed opens once the old color can live with it. Looked at now and then,
    /// for somebody may be mending it.
    private func lookWhetherSettled(_ word: RouteWord) async {
        let parts = service.parts
        guard word.endsClosed, await !service.isBusy,
            Instant.now >= parts.board.deadline(parts.index)
        else { return }
        guard let why = await DeploySettling.opening(parts), await !service.isBusy else {
            return await sleep(Self.settlingInterval)
        }
        let opened = parts.changeRoute { now in
            now == word ? now.next(phase: .open, active: now.active) : nil
        }
        guard opened != nil else { return }
        await parts.remember(isClosed: false, active: word.active)
        await tell(.passed, "\(word.active.name) serves writes again: \(why)", parts)
    }

    private func end(_ word: RouteWord) async {
        let parts = service.parts
        guard !word.endsClosed else {
            // As a worker does it that has a request to start.
            parts.changeRoute { now in
                now == word
                    ? now.next(phase: .heldWrites, active: now.active, endsClosed: true) : nil
            }
            return
        }
        let ended = parts.changeRoute { now in
            now == word ? now.next(phase: .open, active: now.active) : nil
        }
        // Whoever was faster has told, or is an operation that tells itself.
        guard ended != nil, await !service.isBusy else { return }
        let report = word.phase == .held ? await service.reportOfHold() : Report()
        await tell(
            .passed,
            "\(word.phase.name) has ended by itself\(ServiceControl.sentence(report))", parts)
    }

    private func tell(_ state: StepState, _ message: String, _ parts: ServiceParts) async {
        await parts.hub.publish(
            Event(
                time: .now, operation: nil, service: parts.name,
                step: state == .passed ? .release : .hold, state: state, message: message))
    }
}
