internal import Control
internal import Foundation

/// What two configurations do not have in common, certificates and keys aside.
public enum SettingsDifference {
    /// One line each: where, what it was, what it is.
    public static func lines(from old: Settings, to new: Settings) -> [String] {
        var lines: [String] = []
        compare("", tree(old), tree(new), &lines)
        return lines
    }

    /// As `config show` prints it, without the certificates of listeners that have some.
    private static func tree(_ settings: Settings) -> JSONValue {
        var settings = settings
        for index in settings.listen.indices { settings.listen[index].tls?.certificates = [] }
        do {
            return try ControlJSON.decode(JSONValue.self, from: Data(settings.json.utf8))
        } catch {
            preconditionFailure("settings write valid JSON: \(error)")
        }
    }

    private static func compare(
        _ path: String, _ old: JSONValue?, _ new: JSONValue?, _ lines: inout [String]
    ) {
        guard old != new else { return }
        if let old = old?.object, let new = new?.object {
            for key in Set(old.keys).union(new.keys).sorted() {
                compare(path.isEmpty ? key : "\(path).\(key)", old[key], new[key], &lines)
            }
        } else if let old = old?.array, let new = new?.array, old.count == new.count {
            for index in old.indices {
                compare("\(path)[\(index)]", old[index], new[index], &lines)
            }
        } else {
            lines.append("\(path): was \(text(old)), is \(text(new))")
        }
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "absent" }
        do {
            return try ControlJSON.text(value)
        } catch {
            return "something that cannot be shown"
        }
    }
}
