internal import Kernel

/// What the demo writes, in colors where somebody watches.
struct DemoConsole {
    /// Somebody sees lines being drawn over.
    let isWatched = TerminalDevice.isTerminal(.standardOutput)
    /// https://no-color.org
    private let isColored =
        ThisProcess.environment("NO_COLOR") == nil && TerminalDevice.isTerminal(.standardOutput)

    func say(_ text: String) { ThisProcess.write(text + "\n", to: .standardOutput) }

    /// A step of the story.
    func chapter(_ text: String) { say("\n" + bold("▸ " + text)) }

    /// A command as a person would type it, before it runs.
    func command(_ words: [String]) { say(dim("  $ " + words.joined(separator: " "))) }

    func bold(_ text: String) -> String { style("1", text) }
    func dim(_ text: String) -> String { style("2", text) }
    func blue(_ text: String) -> String { style("34", text) }
    func green(_ text: String) -> String { style("32", text) }
    func red(_ text: String) -> String { style("31", text) }

    /// ECMA-48, select graphic rendition.
    private func style(_ code: String, _ text: String) -> String {
        isColored ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
