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

    /// Its width; nil where it is no terminal or does not say.
    public static func columns(_ output: ThisProcess.Output) -> Int? {
        let columns = ck_terminal_columns(output.rawValue)
        return columns > 0 ? Int(columns) : nil
    }
}
