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

    let color: Color
    let targets: [Target]
    /// Names without an address now, each with the reason.
    let unresolved: [String]
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
        let saw = (sick + unresolved).joined(separator: "; ")
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
        ColorStatus(
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
            },
            inFlight: inFlight, streams: streams, expects: stated.latest)
    }
}
