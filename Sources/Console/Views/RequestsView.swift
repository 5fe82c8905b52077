internal import Board
public import Control

/// What is in flight, oldest first.
public enum RequestsView {
    public static func lines(_ answer: RequestsAnswer, _ style: Style) -> [String] {
        var lines = [
            "\(style.paint(answer.service, .strong)): "
                + "\(Wording.count(answer.requests.count, "request")) in flight or held"
        ]
        if !answer.requests.isEmpty { lines += self.lines(answer.requests, style, indent: 2) }
        for worker in answer.silent {
            lines.append(
                style.paint(
                    "  worker \(worker.worker) (pid \(worker.pid)) does not answer: "
                        + "\(Wording.count(worker.inFlight, "request")) in flight there",
                    .doubtful))
        }
        return lines
    }

    static func lines(_ requests: [InFlightRequest], _ style: Style, indent: Int) -> [String] {
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
