internal import Kernel
internal import LoadClient

/// The rates of the moment on one line, drawn over itself while a scene lasts. Only for somebody
/// who watches: a pipe gets nothing.
struct LiveLine {
    /// Columns of history for each color.
    private static let columns = 24
    static let interval = Duration.milliseconds(200)

    let console: DemoConsole
    private var before: [String: Int] = [:]
    private var rates: [String: [Int]] = [:]
    private var last = Instant.now

    init(console: DemoConsole, progress: Load.Progress) {
        self.console = console
        before = progress.answers
    }

    mutating func draw(_ progress: Load.Progress) {
        let now = Instant.now
        let milliseconds = max(1, now.nanoseconds(since: last) / 1_000_000)
        last = now
        let parts = ["blue", "green"].map { color in
            let count = progress.answers[color, default: 0] - before[color, default: 0]
            rates[color, default: []].append(count * 1_000 / Int(milliseconds))
            return part(color, Array((rates[color] ?? []).suffix(Self.columns)))
        }
        before = progress.answers
        let failed = progress.failed == 0 ? "" : console.red("  failed \(progress.failed)")
        // ECMA-48: to the first column, erase to the end of the line.
        ThisProcess.write(
            "\r\u{1b}[K  " + parts.joined(separator: "  ") + failed,
            to: .standardOutput)
    }

    /// Leaves the line as if it had not been.
    func clear() { ThisProcess.write("\r\u{1b}[K", to: .standardOutput) }

    private func part(_ color: String, _ rates: [Int]) -> String {
        let top = max(1, rates.max() ?? 1)
        let picture = String(rates.map { Picture.block($0, of: top) }).padded(to: Self.columns)
        let rate = "\(rates.last ?? 0)/s"
        let painted = color == "blue" ? console.blue(picture) : console.green(picture)
        return "\(color) \(painted) \(rate.padded(to: 6))"
    }
}
