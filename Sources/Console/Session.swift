public import Control
internal import Foundation
internal import Kernel

/// One verb's conversation with the controller: it asks, prints what comes, and says with which
/// code to exit.
public struct Session {
    let client: ControlClient
    let isJSON: Bool
    var output = Output(.standardOutput)
    var errors = Output(.standardError)

    /// The socket that is used when nobody names one.
    public static let defaultSocket = ControlSocketPath.installed
    /// What a shell reports of a command that SIGINT ended: 128 and its number.
    public static let interrupted: Int32 = 130

    /// `socket` of nil: BASCULE_SOCKET, else the installed one.
    public init(socket: String?, isJSON: Bool) {
        let path =
            socket ?? ThisProcess.environment("BASCULE_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        client = ControlClient(socket: path ?? Self.defaultSocket)
        self.isJSON = isJSON
    }

    /// Prints one document: as it came with `--json`, else as `lines` of it.
    public mutating func show<Answer: Decodable>(
        _ request: ControlRequest, as type: Answer.Type,
        _ lines: (Answer, Style) throws -> [String], exit: (Answer) -> Exit = { _ in .done }
    ) -> Int32 {
        finish { session throws(ControlFailure) in
            let document = try session.client.document(request)
            let answer = try document.decode(Answer.self)
            if session.isJSON {
                session.output.write(document.text.trimmingLineBreaks)
            } else {
                do {
                    session.output.write(try lines(answer, session.output.style))
                } catch {
                    throw .broken("the controller's answer cannot be shown: \(error)")
                }
            }
            return try session.told(exit(answer).rawValue, request)
        }
    }

    /// Prints what was found without the controller: as the API would say it with `--json`.
    public mutating func show<Answer: Encodable>(
        _ answer: Answer, _ lines: (Answer, Style) -> [String], exit: (Answer) -> Exit
    ) -> Int32 {
        finish { session throws(ControlFailure) in
            if session.isJSON {
                let octets = try ControlClient.body(answer)
                session.output.write(String(decoding: octets, as: UTF8.self))
            } else {
                session.output.write(lines(answer, session.output.style))
            }
            return exit(answer).rawValue
        }
    }

    /// Asks for a document and prints nothing.
    public func ask<Answer: Decodable>(
        _ request: ControlRequest, as type: Answer.Type
    ) throws(ControlFailure) -> Answer {
        try client.document(request).decode(type)
    }

    /// Whether a person is there to be asked: a terminal to read from and one to write to.
    public var canAsk: Bool {
        !isJSON && output.style.isTerminal && TerminalDevice.isTerminalInput
    }

    /// Prints a document that is not shown as it came: `text` makes of it what is printed, with
    /// `--json` or without.
    public mutating func show(
        _ request: ControlRequest, _ text: (_ document: String, _ isJSON: Bool) throws -> String
    ) -> Int32 {
        finish { session throws(ControlFailure) in
            let document = try session.client.document(request)
            do {
                session.output.write(try text(document.text, session.isJSON).trimmingLineBreaks)
            } catch {
                throw .broken("the controller's answer cannot be shown: \(error)")
            }
            return try session.told(Exit.done.rawValue, request)
        }
    }

    /// Whoever asked a question and cannot be told the answer has not got what was asked for; what
    /// was done is done all the same.
    private func told(
        _ code: Int32, _ request: ControlRequest
    ) throws(ControlFailure) -> Int32 {
        guard output.isBroken, request.method == .get, code == Exit.done.rawValue else {
            return code
        }
        throw .broken("the answer could not be written to standard output")
    }

    /// Follows an operation to its last event. With `isDetached` only until it has its lock.
    ///
    /// `isPreview`: it is a dry run, and a question comes next. That it is done is not said, for
    /// nothing is; what would refuse it is its end.
    public mutating func follow(
        _ request: ControlRequest, service: String, isDetached: Bool = false,
        isPreview: Bool = false
    ) -> Int32 {
        var view = OperationView(output.style)
        var isGoingOn = false
        var refusal: String?
        let code = finish { session throws(ControlFailure) in
            try session.client.lines(request) { line throws(ControlFailure) in
                let event = try Self.event(line)
                let drawings = view.show(event)
                if session.isJSON {
                    session.output.write(line)
                } else if isPreview, view.ending?.outcome == .done {
                    refusal = event.details["refusal"]?.string
                } else {
                    session.output.draw(drawings)
                }
                isGoingOn = true
                return view.ending == nil && !(isDetached && event.hasLock)
            }
            session.output.clear()
            if let refusal { throw .problem(Problem(.refused, refusal)) }
            if let ending = view.ending { return ending.outcome.exit.rawValue }
            if isDetached, isGoingOn { return Exit.done.rawValue }
            throw .broken("the connection ended before the operation did")
        }
        if view.ending == nil, isGoingOn { sayHowToSee(service, view.operation) }
        return code
    }

    /// Every event of every service until SIGINT, which is how a person ends it.
    public mutating func watch(_ request: ControlRequest) -> Int32 {
        finish { session throws(ControlFailure) in
            do throws(ControlFailure) {
                try session.client.lines(request) { line throws(ControlFailure) in
                    let event = try Self.event(line)
                    session.output.write(
                        session.isJSON ? line : HistoryView.line(event, session.output.style))
                    return true
                }
            } catch {
                guard error == .interrupted else { throw error }
                return Exit.done.rawValue
            }
            throw .broken("the controller ended the stream")
        }
    }

    /// The service that is meant: the named one, else the only one there is.
    public func service(_ name: String?) throws(ControlFailure) -> String {
        if let name { return name }
        let status = try client.document(ControlRequest(.get, Route.status)).decode(Status.self)
        guard status.services.count == 1, let only = status.services.first else {
            let names = status.services.map(\.name).joined(separator: ", ")
            throw .problem(Problem(.badRequest, "which service? expected one of \(names)"))
        }
        return only.name
    }

    /// Reports what went wrong.
    public mutating func fail(_ failure: ControlFailure) -> Int32 {
        output.clear()
        if failure == .interrupted { return Self.interrupted }
        let problem = failure.problem
        // What standard output does not take, or JSON cannot carry, is told as text.
        if isJSON, !output.isBroken, let text = try? ControlJSON.text(problem) {
            output.write(text)
        } else {
            errors.write(ProblemView.lines(problem, errors.style, now: .now))
        }
        return (failure.exit ?? .failed).rawValue
    }

    mutating func finish(
        _ body: (inout Session) throws(ControlFailure) -> Int32
    ) -> Int32 {
        do {
            return try body(&self)
        } catch {
            return fail(error)
        }
    }

    static func event(_ line: String) throws(ControlFailure) -> Event {
        do {
            return try ControlJSON.decode(Event.self, from: Data(line.utf8))
        } catch {
            throw .broken("an event of the controller cannot be read: \(error)")
        }
    }

    mutating func sayHowToSee(_ service: String, _ operation: String?) {
        let name = operation.map { " \($0)" } ?? ""
        errors.write(
            "bascule: the operation does not end with this command: `bascule status \(service)`"
                + " shows the service, `bascule history \(service)\(name)` how it ended")
    }
}

/// Where the control socket is when the configuration does not say otherwise.
public enum ControlSocketPath {
    public static let installed = "/run/bascule/control.sock"
}

extension Event {
    /// From here on the operation cannot find the service busy.
    fileprivate var hasLock: Bool { step != .lock || state == .passed }
}

extension String {
    fileprivate var trimmingLineBreaks: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
