import Testing

@testable import Settings

/// The shortest valid configuration.
let shortest = """
    listen:
      - address: 127.0.0.1:8080
    services:
      web:
        colors:
          blue: {targets: ["127.0.0.1:5001"]}
          green: {targets: ["127.0.0.1:5002"]}
    """

/// The same with keys of one's own in the service; eight spaces are put before each line.
func service(_ lines: String) -> String {
    shortest + "\n"
        + lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n") + "\n"
}

/// The same with keys of one's own at the top.
func top(_ lines: String) -> String { lines + "\n" + shortest + "\n" }

func load(_ text: String) throws -> Settings {
    try Settings.load(text: text, file: "a.yaml").settings
}

/// Every error, a line each.
func errors(_ text: String) -> [String] {
    do {
        _ = try Settings.load(text: text, file: "a.yaml")
        return []
    } catch {
        return error.errors.map(\.description)
    }
}

/// Every warning, a line each.
func warnings(_ text: String) throws -> [String] {
    try Settings.load(text: text, file: "a.yaml").warnings.map(\.description)
}

/// Everything that is not served, a line each.
func unserved(_ text: String) throws -> [String] {
    try Settings.load(text: text, file: "a.yaml").unserved.map(\.description)
}

/// A text and what is said of it, in parts that are read as one.
struct Mistake: Sendable, CustomTestStringConvertible {
    let text: String
    let expected: String

    init(_ text: String, _ expected: String...) {
        self.text = text
        self.expected = expected.joined()
    }

    var testDescription: String { expected }
}
