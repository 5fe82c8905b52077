internal import Board
public import Control

/// What is in flight, oldest first.
public enum RequestsView {
    public static func lines(_ answer: RequestsAnswer, _ style: Style) -> [String] {
        let lines = [
            "\(style.paint(answer.service, .strong)): "
                + "\(Wording.count(answer.requests.count, "request")) in flight or held"
        ]
        return lines + self.lines(answer.requests, style, indent: 2)
            + self.lines(answer.silent, style, indent: 2)
    }

    /// What is in flight in workers that do not answer, of which nobody can name it.
    static func lines(_ workers: [SilentWorker], _ style: Style, indent: Int) -> [String] {
        workers.map { worker in
            String(repeating: " ", count: indent)
                + style.paint(
                    "worker \(worker.worker) (pid \(worker.pid)) does not answer: "
                        + "\(Wording.count(worker.inFlight, "request")) in flight there",
                    .doubtful)
        }
    }

    static func lines(_ requests: [InFlightRequest], _ style: Style, indent: Int) -> [String] {
        // A heading over nothing says nothing.
        guard !requests.isEmpty else { return [] }
        var table = Table(rightAligned: [0])
        table.add(
            ["AGE", "STATE", "COLOR", "METHOD", "PATH", "CLIENT", "ID"].map { Cell($0, .faint) })
        for request in requests {
            table.add([
                Cell(Wording.elapsed(milliseconds: Double(request.ageMilliseconds))),
                Cell(request.state.rawValue, request.state == .held ? .doubtful : .plain),
                request.color.map { Cell($0.name, Tint($0)) } ?? Cell("-", .faint),
                Cell(Wording.safe(request.method)), Cell(Wording.safe(request.path)),
                Cell(Wording.safe(request.client)), Cell(Wording.safe(request.id), .faint),
            ])
        }
        return table.lines(style, indent: indent)
    }
}
