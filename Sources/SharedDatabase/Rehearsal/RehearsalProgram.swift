internal import Foundation
internal import Kernel

/// The new version, started once against the clone.
struct RehearsalProgram {
    /// How often it is looked whether it has ended, and whether the controller is still there.
    static let lookMilliseconds = 20
    /// Of what it printed, so much is told where it fails.
    static let outputLinesMax = 20
    static let outputBytesMax = 4_096

    let arguments: [String]
    let folder: RehearsalFolder
    let milliseconds: Int

    /// Returns how long it took, in milliseconds. Throws where it fails, does not end in time, or
    /// nobody waits for it any more; then everything in its process group is killed.
    func run(_ channel: borrowing WorkChannel) throws -> Int {
        let began = Instant.now
        let deadline = began.advanced(byNanoseconds: UInt64(milliseconds) * 1_000_000)
        // What tells this process its role is nothing for another program.
        let environment =
            ThisProcess.environment(without: []).filter { !$0.hasPrefix("BASCULE_") }
            + ["BASCULE_DATABASE=\(folder.clone)", "BASCULE_REHEARSAL=1"]
        // A name without a slash is searched in PATH.
        let isPath = arguments[0].contains("/")
        let program = try Program(
            "rehearsal.start", executable: isPath ? arguments[0] : "/usr/bin/env",
            arguments: isPath ? arguments : ["env"] + arguments, environment: environment,
            output: .file(folder.output))
        defer { program.killGroup() }
        while true {
            if let ending = program.ending() {
                guard ending == .exited(code: 0) else {
                    throw WorkFailure(
                        .refused, "the rehearsal failed: \(arguments[0]) ended with \(ending)",
                        hint: "it printed: " + printed)
                }
                return DrillJob.milliseconds(since: began)
            }
            guard Instant.now < deadline else {
                throw WorkFailure(
                    .timedOut,
                    "the rehearsal failed: \(arguments[0]) did not end within \(milliseconds) ms",
                    hint: "database.rehearse has to migrate and end, it need not serve; it "
                        + "printed: " + printed)
            }
            try channel.expectListener()
            ThisProcess.pause(milliseconds: Self.lookMilliseconds)
        }
    }

    /// The end of its output.
    private var printed: String {
        guard let file = FileHandle(forReadingAtPath: folder.output) else { return "nothing" }
        defer { file.closeFile() }
        let end = file.seekToEndOfFile()
        file.seek(toFileOffset: end - min(end, UInt64(Self.outputBytesMax)))
        let text = String(decoding: file.readDataToEndOfFile(), as: UTF8.self)
        let lines = text.split(separator: "\n").suffix(Self.outputLinesMax)
        return lines.isEmpty ? "nothing" : lines.joined(separator: "\n")
    }
}
