import ArgumentParser
import Console
import Control
import Kernel

struct DatabaseLintCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Tries a file of SQL on a copy, and says what it does to the code that serves.",
        discussion: """
            Exits 0, or 3 where a change breaks the older code or a statement fails. The live \
            database is only read.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The statements that a migration would run; - for standard input.")
    var file: String

    @Argument(help: "May be left out while only one is configured.")
    var service: String?

    func run(_ session: inout Session) throws(ControlFailure) -> Int32 {
        let body = LintBody(sql: try sql(), file: file)
        let target = DatabaseCommand.target(try session.service(service), "lint")
        return session.show(
            ControlRequest(.post, target, body: try ControlClient.body(body)),
            as: LintAnswer.self, LintView.lines, exit: { $0.passed ? .done : .refused })
    }

    private func sql() throws(ControlFailure) -> String {
        let octets: [UInt8]
        do throws(SystemError) {
            octets = try Files.contents(
                "command.lint", file == "-" ? "/dev/stdin" : file, bytesMax: LintBody.sqlBytesMax)
        } catch {
            throw .problem(
                Problem(
                    .badRequest, "\(file) cannot be read: \(error.errno.message)",
                    hint: "expected a file of SQL of at most \(LintBody.sqlBytesMax) octets"))
        }
        // EF Core's scripts begin with a mark for UTF-8, which is none of SQL's.
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = octets.starts(with: mark) ? octets.dropFirst(mark.count) : octets[...]
        guard let sql = String(validating: text, as: UTF8.self) else {
            throw .problem(Problem(.badRequest, "\(file) is not text in UTF-8"))
        }
        return sql
    }
}
