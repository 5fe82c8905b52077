public import ArgumentParser
import Control

/// Every flag of `switch`; what is left out is taken from the service's configuration.
struct SwitchOptions: ParsableArguments {
    @Option(help: "handover: hold, drain, switch, release. overlap: switch, then drain.")
    var mode: SwitchMode?

    @Option(
        help: ArgumentHelp("Longest that requests wait.", valueName: "duration"),
        transform: timeSpan)
    var holdTimeout: TimeSpan?

    @Option(
        help: ArgumentHelp("For what is in flight on the old color.", valueName: "duration"),
        transform: timeSpan)
    var drainTimeout: TimeSpan?

    @Option(help: "What to do with requests that do not finish in time.")
    var onDrainTimeout: DrainTimeoutAction?

    @Option(help: "What to do with WebSocket and SSE on the old color.")
    var streams: StreamsAction?

    @Option(
        help: ArgumentHelp("How long the new color is compared; 0s: not.", valueName: "duration"),
        transform: timeSpan)
    var watch: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "From the start to the switch; the drain of an overlap and the watch come after it.",
            valueName: "duration"), transform: timeSpan)
    var timeout: TimeSpan?

    @Flag(help: "No backup before the hold, and of a switch no copy of the drained moment.")
    var noBackup = false

    @Option(help: ArgumentHelp("A schema finding of the kind warn.", valueName: "id"))
    var accept: [String] = []

    @Option(help: ArgumentHelp("A check that may refuse and shall not.", valueName: "check"))
    var override: [CheckArgument] = []

    @Flag(help: "Return when the operation has its lock; it goes on.")
    var detach = false

    func validate() throws {
        for check in override where !check.name.isOverridable {
            throw ValidationError(
                "--override: found \"\(check.name.rawValue)\", which cannot be overridden")
        }
        if let drainTimeout, let holdTimeout, drainTimeout > holdTimeout, mode != .overlap {
            throw ValidationError(
                "--drain-timeout: found \(drainTimeout), expected at most --hold-timeout"
                    + " (\(holdTimeout)): the hold would end before the drain")
        }
        if mode == .overlap, onDrainTimeout == .back {
            throw ValidationError(
                "--on-drain-timeout: found back, expected overlap or cut: an overlap has switched"
                    + " before it drains")
        }
    }

    /// The same as a body; flags that were not given are left out.
    var body: SwitchBody {
        var body = SwitchBody()
        body.mode = mode
        body.holdTimeout = holdTimeout
        body.drainTimeout = drainTimeout
        body.onDrainTimeout = onDrainTimeout
        body.streams = streams
        body.watch = watch
        body.timeout = timeout
        body.noBackup = noBackup ? true : nil
        body.accept = accept.isEmpty ? nil : accept
        body.override = override.isEmpty ? nil : override.map(\.name)
        body.detach = detach ? true : nil
        return body
    }
}

extension SwitchMode: ExpressibleByArgument {}
extension DrainTimeoutAction: ExpressibleByArgument {}
extension StreamsAction: ExpressibleByArgument {}
extension DeployHold: ExpressibleByArgument {}

/// A check on the command line. One that cannot be overridden is no value that help lists, and is
/// refused with its reason.
struct CheckArgument: ExpressibleByArgument {
    let name: CheckName

    init?(argument: String) {
        guard let name = CheckName(rawValue: argument) else { return nil }
        self.name = name
    }

    static var allValueStrings: [String] {
        CheckName.allCases.filter(\.isOverridable).map(\.rawValue)
    }

    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

/// A duration on the command line; without a unit it is refused as in the configuration.
func timeSpan(_ argument: String) throws -> TimeSpan {
    guard let span = TimeSpan(argument) else {
        throw ValidationError("found \"\(argument)\", expected \(TimeSpan.expected)")
    }
    return span
}
