internal import Control
internal import Kernel

/// What a person at the terminal answers.
///
/// Ctrl-C is read like the answer: a call before may have blocked the signal, and then nothing else
/// would see it.
enum Question {
    private enum Token {
        static let input: UInt64 = 0
        static let signals: UInt64 = 1
    }

    /// More than any answer; what is beyond is none.
    private static let bytesMax = 1_024

    /// The line that is typed, without its end; nil at Ctrl-C. The end of input is an empty line.
    static func answer() throws(SystemError) -> String? {
        let signals = try SignalReader("command.signals", [.interrupt])
        var poller = try Poller("command.poll", batch: 2)
        for (descriptor, token) in [
            (CInt(0), Token.input), (signals.descriptor.number, Token.signals),
        ] {
            if let errno = poller.add(descriptor, .readable, token: token) {
                throw SystemError("command.poll", errno)
            }
        }
        var line: [UInt8] = []
        while true {
            let count = poller.wait(milliseconds: nil)
            if signals.next() != nil { return nil }
            for index in 0..<count where poller[index].token == Token.input {
                let typed = try TerminalDevice.input("command.answer", bytesMax: bytesMax)
                line += typed
                guard !typed.isEmpty, !line.contains(UInt8(ascii: "\n")), line.count <= bytesMax
                else {
                    let end = line.firstIndex(of: UInt8(ascii: "\n")) ?? line.endIndex
                    return String(decoding: line[..<end], as: UTF8.self)
                }
            }
        }
    }
}

extension Session {
    /// Shows what an operation would do, as far as its dry run says, and asks once whether it
    /// shall. Returns nil for a yes, else the exit code. `no`: what is said then.
    public mutating func asks(
        _ question: String, after dryRun: ControlRequest, service: String, no: String
    ) -> Int32? {
        let code = follow(dryRun, service: service, isPreview: true)
        guard code == Exit.done.rawValue else { return code }
        ThisProcess.write("\(question) [y/N] ", to: .standardOutput)
        let answer: String?
        do throws(SystemError) {
            answer = try Question.answer()
        } catch {
            return fail(.broken("\(error)"))
        }
        guard let answer else {
            // What comes next does not stand behind the question.
            ThisProcess.write("\n", to: .standardOutput)
            return fail(.interrupted)
        }
        if ["y", "yes"].contains(answer.lowercased()) { return nil }
        errors.write("bascule: \(no)")
        return Exit.refused.rawValue
    }
}
