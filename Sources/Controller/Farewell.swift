internal import Kernel

/// The end of this process, once it was told to end: what is nearly done is done first, so that
/// whoever waits for it is told, and the journal need not guess.
struct Farewell: Sendable {
    /// The supervisor waits a second for this process to end, and then ends it.
    private static let longest = Duration.milliseconds(600)
    private static let lookInterval = Duration.milliseconds(5)

    let services: [ServiceControl]
    let hub: EventHub
    let server: APIServer

    /// Ends every watch, whose switch is done, and returns when no operation goes on and every
    /// answer is written whole; sooner where that takes longer than there is time.
    func wait() async {
        let end = Instant.now.advanced(by: Self.longest)
        for service in services { await service.endWatches() }
        while await isBusy, Instant.now < end { await sleep(Self.lookInterval) }
        await hub.close()
        while server.isAtWork, Instant.now < end { await sleep(Self.lookInterval) }
    }

    private var isBusy: Bool {
        get async {
            for service in services {
                if await service.isBusy { return true }
            }
            return false
        }
    }
}
