internal import Control
internal import Kernel

/// A deploy at the command line: the controller's events, and the command between them.
extension Session {
    /// Follows the operation to its last event and runs the command when its turn has come.
    ///
    /// INT, HUP and TERM go to the command and end it; before it they say that it will not run.
    public mutating func deploy(
        _ request: ControlRequest, service: String, command: [String]
    ) -> Int32 {
        var view = OperationView(output.style)
        var stage = Stage.before
        let code = finish { session throws(ControlFailure) in
            var call = try ControlCall.open(
                request, to: session.client.socket, limit: nil,
                signals: [.interrupt, .hangup, .terminate, .child])
            let head = try session.deployHead(&call)
            guard head.status < 300 else {
                _ = try ControlClient.rest(&call, head: head)
                throw .broken("the controller said no without a reason")
            }
            do throws(ControlFailure) {
                try session.follow(&call, &view, &stage, command)
            } catch {
                // Whoever leads the operation is gone, and a command without it is nobody's.
                session.endCommand(&stage)
                throw error
            }
            session.output.clear()
            if let ending = view.ending { return ending.outcome.exit.rawValue }
            session.endCommand(&stage)
            throw .broken(
                "the connection ended before the deploy did; its command does not run any more")
        }
        if view.ending == nil, view.operation != nil { sayHowToSee(service, view.operation) }
        return code
    }

    /// Where the command is.
    private enum Stage {
        case before
        case running(CommandRun)
        case after
    }

    private func deployHead(_ call: inout ControlCall) throws(ControlFailure) -> ResponseHead {
        while true {
            switch try call.next(orAt: .never) {
            case .part(.head(let head)): return head
            case .part: throw .broken("no HTTP answer")
            case .signal(.child), .time: continue
            case .signal: throw .interrupted
            }
        }
    }

    private mutating func follow(
        _ call: inout ControlCall, _ view: inout OperationView, _ stage: inout Stage,
        _ command: [String]
    ) throws(ControlFailure) {
        var partial: [UInt8] = []
        while true {
            var moment = Instant.never
            if case .running(let run) = stage {
                let isOver = run.turn { errors.write("bascule: " + $0) }
                if isOver { stage = .after } else { moment = run.nextTurn }
            }
            switch try call.next(orAt: moment) {
            case .time: continue
            case .signal(let signal): try heed(signal, &stage, view.operation)
            case .part(.body(let piece)):
                partial += piece
                while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
                    let text = String(decoding: partial[..<end], as: UTF8.self)
                    partial.removeFirst(end + 1)
                    if text.isEmpty { continue }
                    try show(text, &view, &stage, command)
                    if view.ending != nil { return endCommand(&stage) }
                }
            case .part: return
            }
        }
    }

    private mutating func show(
        _ line: String, _ view: inout OperationView, _ stage: inout Stage, _ command: [String]
    ) throws(ControlFailure) {
        let event = try Self.event(line)
        if isJSON {
            output.write(line)
            _ = view.show(event)
        } else {
            output.draw(view.show(event))
        }
        guard case .before = stage, event.step == .command, event.state == .started,
            let operation = event.operation
        else { return }
        output.clear()
        let run = CommandRun(command, operation: operation, client: client, isJSON: isJSON)
        stage = run.map { .running($0) } ?? .after
    }

    private func heed(
        _ signal: Signal, _ stage: inout Stage, _ operation: String?
    ) throws(ControlFailure) {
        switch (signal, stage) {
        case (.child, _): return
        case (_, .running(let run)): run.end(signal)
        case (_, .before):
            guard let operation else { throw .interrupted }
            LeaseLine(client: client, operation: operation).refuse("interrupted")
            // How it ends is still shown.
            stage = .after
        // As with a switch: the operation goes on.
        case (_, .after): throw .interrupted
        }
    }

    /// A command that runs is ended, and waited for.
    private func endCommand(_ stage: inout Stage) {
        guard case .running(let run) = stage else { return }
        stage = .after
        run.end(.terminate)
        while !run.turn() { ThisProcess.pause(milliseconds: 20) }
    }
}
