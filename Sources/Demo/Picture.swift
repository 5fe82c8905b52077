internal import Kernel
internal import LoadClient

/// The rates of both colors over time, a row of blocks each.
struct Picture {
    /// Columns at most, beside the names: fits a terminal of 80.
    static let columnsMax = 68
    private static let blocks = Array(" ▁▂▃▄▅▆▇█")

    let report: LoadReport
    let scenes: Scenes

    func drawn(on console: DemoConsole) -> String {
        let width = columnMilliseconds
        let blue = report.answers(of: "blue", everyMilliseconds: width)
        let green = report.answers(of: "green", everyMilliseconds: width)
        let top = max(1, (blue + green).max() ?? 1)
        let rate = top * 1_000 / Int(width)
        return [
            "  blue   " + console.blue(row(blue, top)) + "  up to \(rate)/s",
            "  green  " + console.green(row(green, top)),
            "         " + marks(width: width),
            console.dim("         a column is \(width) ms"),
        ].joined(separator: "\n")
    }

    /// The narrowest of whole 50 ms with which everything fits.
    private var columnMilliseconds: UInt64 {
        let total = report.ended.nanoseconds(since: report.started) / 1_000_000
        let narrowest = total / UInt64(Self.columnsMax) + 1
        return (narrowest + 49) / 50 * 50
    }

    private func row(_ counts: [Int], _ top: Int) -> String {
        String(counts.map { Self.block($0, of: top) })
    }

    /// Any answer at all shows.
    static func block(_ count: Int, of top: Int) -> Character {
        count <= 0 ? blocks[0] : blocks[min(8, max(1, count * 8 / top))]
    }

    private func marks(width: UInt64) -> String {
        var line = ""
        for mark in scenes.marks {
            let column = Int(mark.at.nanoseconds(since: report.started) / (width * 1_000_000))
            line =
                line.padded(to: column) + (line.isEmpty || line.count < column ? "" : " ")
                + "↑ \(mark.name)"
        }
        return line
    }
}
