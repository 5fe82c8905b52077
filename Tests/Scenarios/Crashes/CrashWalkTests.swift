import Control
import Foundation
import Kernel
import Synchronization
import Testing

/// Random (step, fault) episodes over real processes, several worlds side by side: `make walk`.
///
/// A world's seed decides its episodes and is printed; BASCULE_WALK_SEED walks that one again.
@Suite("Crash walk", .serialized, .enabled(if: CrashWalk.isAsked, "make walk"))
struct CrashWalkTests {
    @Test("Whatever dies or stops, wherever: one color serves, nothing is lost or sent twice")
    func walk() throws {
        let walk = CrashWalk()
        try walk.run()
        print(walk.summary)
        #expect(walk.violations.isEmpty, "\(walk.violations)")
    }
}

final class CrashWalk: Sendable {
    static var isAsked: Bool { minutes != nil || only != nil }
    private static let minutes = number("BASCULE_WALK_MINUTES")
    private static let only = number("BASCULE_WALK_SEED")
    private static let worlds = 4
    /// Of one world; then a new one begins, with another seed.
    private static let episodesMax = 25

    private struct Tally {
        var episodes = 0
        var seeds = 0
        var running = 0
        var violations: [String] = []
    }

    private let tally = Mutex(Tally())

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    var violations: [String] { tally.withLock { $0.violations } }

    var summary: String {
        tally.withLock {
            "walk: \($0.episodes) episodes of \($0.seeds) seeds, \($0.violations.count) violations"
        }
    }

    func run() throws {
        if let only = Self.only { return walk(only, until: .never) }
        let seconds = Double(Self.minutes ?? 0) * 60
        let end = Instant.now.advanced(bySeconds: seconds)
        for _ in 0..<Self.worlds {
            tally.withLock { $0.running += 1 }
            Thread {
                while Instant.now < end { self.walk(.random(in: 0..<1 << 32), until: end) }
                self.tally.withLock { $0.running -= 1 }
            }.start()
        }
        try Wait.until("every world ends", seconds: seconds + 300) {
            tally.withLock { $0.running } == 0
        }
    }

    /// One world, from its seed.
    private func walk(_ seed: UInt64, until end: Instant) {
        var random = WalkSeed(seed)
        tally.withLock { $0.seeds += 1 }
        print("walk: seed \(seed)")
        do {
            let hasDatabase = random.next() % 2 == 0
            let steps = CrashStep.controllers.filter { hasDatabase || !$0.needsDatabase }
            let world = try CrashWorld(stoppingAt: steps)
            let faults = CrashFault.allCases.filter { !$0.isOfJob }
            for number in 0..<Self.episodesMax where Instant.now < end {
                let stops = Int(random.next() % UInt64(steps.count))
                let step = steps[stops]
                let fault = faults[Int(random.next() % UInt64(faults.count))]
                let mode: SwitchMode = random.next() % 4 == 0 ? .overlap : .handover
                let wrong = try world.episode(fault, at: step, afterStops: stops, mode: mode)
                tally.withLock { $0.episodes += 1 }
                note(wrong, "seed \(seed), episode \(number): \(fault) at \(step), \(mode)")
            }
            note(try world.end(), "seed \(seed), its end")
        } catch {
            note(["\(error)"], "seed \(seed)")
        }
    }

    private func note(_ wrong: [String], _ place: String) {
        guard !wrong.isEmpty else { return }
        print("walk: \(place): \(wrong)")
        tally.withLock { $0.violations.append("\(place): \(wrong)") }
    }
}

/// Numbers that a seed decides (SplitMix64).
private struct WalkSeed {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return (mixed ^ mixed >> 31) >> 16
    }
}
