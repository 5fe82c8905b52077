internal import Board
internal import Control
internal import Health
internal import Kernel
internal import Settings
internal import SharedDatabase

/// What is known of a color's targets at one moment.
struct ColorHealth: Sendable {
    struct Target: Sendable {
        let address: SocketAddress
        let configured: TargetAddress
        let isHealthy: Bool
        let last: ColorTargets.Seen?
    }

    /// A name without an address now.
    struct Unresolved: Sendable {
        let target: TargetAddress
        let reason: String
        let time: Timestamp
    }

    let color: Color
    let targets: [Target]
    let unresolved: [Unresolved]
    let expectation: Expectation?
    /// What a file or a command says, where `expect` names one and it was asked.
    let outside: StatedMigrations?

    /// One healthy target can serve.
    var isHealthy: Bool { targets.contains(where: \.isHealthy) }

    /// A verdict needs several failures to turn; a switch goes to nobody whose last probe failed.
    var ready: [Target] {
        targets.filter { $0.isHealthy && $0.last?.answer.isPassed == true }
    }

    /// The check `health` of a switch to this color.
    var check: Check {
        let healthy = ready
        let sick = targets.filter { target in
            !healthy.contains { $0.address == target.address }
        }.map { "\($0.address): \($0.last?.answer.message ?? "not probed yet")" }
        let nowhere = unresolved.map { "\($0.target): \($0.reason)" }
        let saw = (sick + nowhere).joined(separator: "; ")
        if !healthy.isEmpty, sick.isEmpty, unresolved.isEmpty {
            let last = healthy.compactMap { $0.last?.answer.message }.joined(separator: "; ")
            return Check(name: .health, state: .passed, saw: last)
        }
        if !healthy.isEmpty {
            return Check(
                name: .health, state: .warned, saw: saw,
                expected: "every target of \(color.name) to be healthy")
        }
        return Check(
            name: .health, state: .refused,
            saw: saw.isEmpty ? "no target has an address" : saw,
            expected: "2xx from a target of \(color.name)",
            hint: "start \(color.name), or look at its log, and run this command again")
    }

    func status(inFlight: Int, streams: Int) -> ColorStatus {
        let nowhere = unresolved.filter { name in
            // The addresses of before stay while a resolver fails.
            !targets.contains { $0.configured == name.target }
        }.map {
            TargetStatus(
                address: $0.target.description, healthy: false,
                lastCheck: ProbeReport(
                    time: $0.time, passed: false, status: nil, message: $0.reason,
                    milliseconds: 0))
        }
        return ColorStatus(
            name: color, healthy: isHealthy,
            targets: targets.map { target in
                TargetStatus(
                    address: target.address.description, healthy: target.isHealthy,
                    lastCheck: target.last.map { seen in
                        ProbeReport(
                            time: seen.time, passed: seen.answer.isPassed,
                            status: seen.answer.status, message: seen.answer.message,
                            milliseconds: Double(seen.answer.nanoseconds) / 1_000_000)
                    })
            } + nowhere,
            inFlight: inFlight, streams: streams, expects: stated.latest)
    }
}
