import Foundation
import Kernel

/// A process that a test started, with what it writes. It ends with the test, whatever happens.
final class Program: Sendable {
    let pid: Int32
    private let process: Process
    private let scratch: Scratch
    private let name: String

    /// `environment` is added to that of the test.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:],
        folder: String? = nil
    ) throws {
        let scratch = try Scratch()
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        process.standardInput = FileHandle.nullDevice
        for name in ["out", "err"] {
            try scratch.write("", to: name)
        }
        let files = try ["out", "err"].map {
            try FileHandle(forWritingTo: URL(filePath: scratch.file($0)))
        }
        process.standardOutput = files[0]
        process.standardError = files[1]
        try process.run()
        // The child has its own; Foundation keeps these as long as this process lives.
        for file in files { try file.close() }
        self.process = process
        self.scratch = scratch
        name = URL(filePath: executable).lastPathComponent
        pid = process.processIdentifier
    }

    deinit { kill() }

    var isRunning: Bool { process.isRunning }
    var standardOutput: String { scratch.text(of: "out") }
    var standardError: String { scratch.text(of: "err") }

    func send(_ signal: Signal) {
        if process.isRunning { ChildProcess.send(signal, to: pid) }
    }

    /// Ends it at once; it leaves no child that would outlive it by itself.
    func kill() { send(.kill) }

    /// The exit code, or 128 and the signal, as a shell tells it.
    func ending(within seconds: Double = Wait.seconds) throws -> Int32 {
        try Wait.until("\(name) ends; it wrote: \(standardError)", seconds: seconds) {
            !process.isRunning
        }
        switch process.terminationReason {
        case .exit: return process.terminationStatus
        case .uncaughtSignal: return 128 + process.terminationStatus
        @unknown default: return -1
        }
    }
}
