import Foundation
import Kernel

/// A person at a terminal: a program on a pseudo terminal of its own, whose leader it is, and what
/// is typed there when certain words have come.
struct TerminalDriver {
    /// Wait for the words, then type.
    struct Turn: Codable {
        let wait: String
        let type: String

        init(_ wait: String, _ type: String) { (self.wait, self.type) = (wait, type) }
    }

    static let interrupt = "\u{3}"
    static let suspend = "\u{1a}"

    /// Its output is what came on the terminal, its code that of the program.
    static func run(
        _ line: [String], _ turns: [Turn], environment: [String: String] = [:],
        folder: String? = nil
    ) throws -> Command {
        let typed = String(decoding: try JSONEncoder().encode(turns), as: UTF8.self)
        let program = try Program(
            "/usr/bin/env", ["python3", "-c", source, typed] + line, environment: environment,
            folder: folder)
        return try Command(program, seconds: 60)
    }

    private static let source = """
        import json, os, pty, select, signal, sys, time
        turns = json.loads(sys.argv[1])
        pid, master = pty.fork()
        if pid == 0:
            # Whoever runs tests in the background has them ignore it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvp(sys.argv[2], sys.argv[2:])
        seen, end = b'', time.monotonic() + 50
        mark = 0
        while time.monotonic() < end:
            if turns and turns[0]['wait'].encode() in seen[mark:]:
                mark = seen.index(turns[0]['wait'].encode(), mark) + len(turns[0]['wait'])
                os.write(master, turns.pop(0)['type'].encode())
                continue
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        sys.stdout.write(seen.decode(errors='replace'))
        sys.stdout.flush()
        if time.monotonic() >= end:
            os.kill(pid, 9)
        status = os.waitpid(pid, 0)[1]
        sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
        """
}
