/// Something to say about one place of a configuration.
public struct Finding: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    /// Where in the tree: `services.web.colors.blue.targets[0]`; empty for the whole document.
    public let path: String
    /// What was found and what was expected.
    public let message: String

    public init(file: String, line: Int, column: Int, path: String, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }

    /// `FILE:LINE:COLUMN: PATH: MESSAGE`, as editors and terminals take it to jump there.
    public var description: String { text("") }

    /// The same where nothing is wrong: `FILE:LINE:COLUMN: warning: PATH: MESSAGE`.
    public var warning: String { text("warning: ") }

    private func text(_ kind: String) -> String {
        let place = "\(file):\(line):\(column): \(kind)"
        return path.isEmpty ? "\(place)\(message)" : "\(place)\(path): \(message)"
    }
}

/// A configuration that is not valid, with everything that is wrong in it.
public struct InvalidSettings: Error, Hashable, Sendable {
    /// In the order of the file; at least one.
    public let errors: [Finding]
    public let warnings: [Finding]
}

/// A configuration that is valid.
public struct LoadedSettings: Hashable, Sendable {
    public let settings: Settings
    /// Doubtful things, in the order of the file.
    public let warnings: [Finding]
    /// What this version does not do yet. `config check` says it, `serve` refuses it, so that
    /// nothing that was asked for is silently left undone.
    public let unserved: [Finding]
    /// In the order of the file.
    public let needs: [MachineNeed]
}
