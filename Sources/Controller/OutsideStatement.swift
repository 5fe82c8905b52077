internal import Board
internal import Control
internal import Health
internal import Kernel
internal import Settings

/// What `database.expect` finds outside a target: in a file, or in a command's output. Both belong
/// to a color and not to one of its targets.
struct OutsideStatement: Sendable {
    /// A command has this long; a switch waits for it.
    static let commandNanoseconds: UInt64 = 5_000_000_000
    /// Between two looks for `status`; a switch looks anew.
    static let interval = Duration.seconds(30)

    private let source: Source
    private let environment: [String]

    private enum Source: Sendable {
        case file(path: String)
        case command([String])
    }

    /// nil where the targets themselves are asked. `{color}` in a path stands for the color.
    init?(_ expectation: Expectation?, service: String, color: Color) {
        switch expectation {
        case .file(let path):
            source = .file(path: path.replacing("{color}", with: color.name))
        case .command(let arguments):
            source = .command(
                arguments.map { $0.replacing("{color}", with: color.name) })
        case .healthField, .header, nil:
            return nil
        }
        let kept = ["PATH", "HOME", "LANG"].compactMap { name in
            ThisProcess.environment(name).map { "\(name)=\($0)" }
        }
        environment = kept + ["BASCULE_SERVICE=\(service)", "BASCULE_COLOR=\(color.name)"]
    }

    /// Asks now, as the controller's own user. What it prints is nowhere shown but as migrations,
    /// and neither are its arguments: both may hold a secret.
    func read() async -> StatedMigrations {
        await OwnThread.run { now() }
    }

    private func now() -> StatedMigrations {
        do throws(SystemError) {
            switch source {
            case .file(let path):
                let octets = try Files.contents(
                    "expect.file", path, bytesMax: StatedText.bytesMax)
                return StatedText.migrations(octets, source: path)
            case .command(let arguments):
                return Self.stated(
                    try CommandOutput.run(
                        "expect.command", arguments, environment: environment,
                        bytesMax: StatedText.bytesMax,
                        until: .now.advanced(byNanoseconds: Self.commandNanoseconds)),
                    source: "the command \(arguments[0])")
            }
        } catch {
            return .nothing(reason: "\(error)")
        }
    }

    private static func stated(_ output: CommandOutput, source: String) -> StatedMigrations {
        switch output.ending {
        case .ended(.exited(code: 0)):
            return StatedText.migrations(output.octets, source: "the output of \(source)")
        case .ended(let ending):
            return .nothing(reason: "\(source) ended with \(ending)")
        case .timedOut:
            let seconds = commandNanoseconds / 1_000_000_000
            return .nothing(reason: "\(source) did not end within \(seconds) s")
        case .tooLong:
            return .nothing(
                reason: "\(source) printed more than \(StatedText.bytesMax / 1024) KiB")
        }
    }
}
