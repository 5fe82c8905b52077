import Kernel
import Settings

/// A configuration file on its way to settings.
enum ConfigurationFile {
    /// What reading one came to.
    enum Loaded {
        case valid(LoadedSettings, text: String)
        case invalid([Finding], warnings: [Finding])
    }

    static func load(_ file: String) -> Loaded {
        let octets: [UInt8]
        do {
            octets = try Files.contents(
                "configuration.read", file, bytesMax: Settings.textBytesMax)
        } catch {
            return .invalid([unreadable(file, error.errno.message)], warnings: [])
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            return .invalid([unreadable(file, "found octets that are no UTF-8")], warnings: [])
        }
        do {
            return .valid(try Settings.load(text: text, file: file), text: text)
        } catch {
            return .invalid(error.errors, warnings: error.warnings)
        }
    }

    private static func unreadable(_ file: String, _ message: String) -> Finding {
        Finding(file: file, line: 1, column: 1, path: "", message: message)
    }
}

/// What `config check --json` prints.
struct ConfigurationReport: Encodable {
    /// A finding with its one-line text.
    struct Entry: Encodable {
        let line: Int
        let column: Int
        let path: String
        let message: String
        /// All of it in one line.
        let text: String

        init(_ finding: Finding, isWarning: Bool) {
            line = finding.line
            column = finding.column
            path = finding.path
            message = finding.message
            text = isWarning ? finding.warning : finding.description
        }
    }

    let file: String
    let valid: Bool
    let errors: [Entry]
    let warnings: [Entry]
    /// What `serve` of this version refuses.
    let unserved: [Entry]

    /// For a person.
    var verdict: String {
        guard valid else {
            return "not valid, \(errors.count) \(errors.count == 1 ? "error" : "errors")"
        }
        return unserved.isEmpty ? "valid" : "valid, but `serve` of this version refuses it"
    }

    init(_ loaded: ConfigurationFile.Loaded, file: String) {
        self.file = file
        switch loaded {
        case .valid(let settings, _):
            valid = true
            errors = []
            // Another machine may be meant, so that these are no errors here.
            warnings = (settings.warnings + Machine.missing(settings.needs))
                .map { Entry($0, isWarning: true) }
            unserved = settings.unserved.map { Entry($0, isWarning: true) }
        case .invalid(let findings, let doubtful):
            valid = false
            errors = findings.map { Entry($0, isWarning: false) }
            warnings = doubtful.map { Entry($0, isWarning: true) }
            unserved = []
        }
    }
}
