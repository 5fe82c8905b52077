internal import CKernel
internal import Glibc

/// What stands behind standard output or standard error.
public enum TerminalDevice {
    /// Whether a person looks at it (isatty(3)), and not a pipe or a file.
    public static func isTerminal(_ output: ThisProcess.Output) -> Bool {
        isatty(output.rawValue) == 1
    }

    /// Whether a person can answer: standard input is a terminal.
    public static var isTerminalInput: Bool { isatty(0) == 1 }

    /// What a person has typed, a line at the most (read(2)); empty at the end of input. Waits
    /// where there is nothing yet.
    public static func input(
        _ operation: StaticString, bytesMax: Int = 1_024
    ) throws(SystemError) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: bytesMax)
        while true {
            let count = unsafe octets.withUnsafeMutableBytes {
                // SAFETY: read(2) writes within the array, which outlives the call.
                unsafe read(0, $0.baseAddress, $0.count)
            }
            if count < 0, Errno.current == .interrupted { continue }
            guard count >= 0 else { throw SystemError("\(operation)", .current) }
            return Array(octets.prefix(count))
        }
    }

    /// Its width; nil where it is no terminal or does not say.
    public static func columns(_ output: ThisProcess.Output) -> Int? {
        let columns = ck_terminal_columns(output.rawValue)
        return columns > 0 ? Int(columns) : nil
    }
}
