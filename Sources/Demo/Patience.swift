internal import Foundation
internal import Kernel

/// Every wait of the demo: bounded, and ended by Ctrl-C.
final class Patience {
    struct Interrupted: Error, CustomStringConvertible {
        let description = "interrupted"
    }

    private let signals: SignalReader
    private var isInterrupted = false

    /// From here on TERM, INT and HUP end the wait that is going on.
    init() throws {
        signals = try SignalReader("demo.signals", [.terminate, .interrupt, .hangup])
    }

    /// Looks every ten milliseconds until `isDone`; throws after `limit`, naming what was awaited.
    func wait(
        for what: String, atMost limit: Duration, until isDone: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + limit
        while try !isDone() {
            try check()
            guard ContinuousClock.now < deadline else {
                throw DemoFailure(description: "waited \(limit) in vain for \(what)")
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Lets time pass: for what is shown, never to make something come true.
    func pass(_ duration: Duration) throws {
        let end = ContinuousClock.now + duration
        try wait(for: "time", atMost: duration + .seconds(5)) { ContinuousClock.now >= end }
    }

    private func check() throws {
        if signals.next() != nil { isInterrupted = true }
        if isInterrupted { throw Interrupted() }
    }
}
