import Foundation
import Kernel

/// A log file in a test's folder, and what its lines say.
struct LogLines {
    let folder: Scratch
    let name: String

    init(_ folder: Scratch, _ name: String = "access.log") {
        self.folder = folder
        self.name = name
    }

    var path: String { folder.file(name) }

    var lines: [String] {
        folder.text(of: name).split(separator: "\n").map(String.init)
    }

    /// The objects of all lines; throws where one is none.
    func objects() throws -> [[String: Any]] {
        try lines.map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return object as? [String: Any] ?? [:]
        }
    }

    /// The object of the request for this target, once it is written.
    func object(of target: String) throws -> [String: Any] {
        try Wait.forValue("a line of \(target) in \(lines)") {
            try objects().first { $0["target"] as? String == target }
        }
    }

    /// Waits until there are so many lines.
    func wait(for count: Int) throws {
        try Wait.until("\(count) lines") { lines.count >= count }
    }
}

extension Bascule {
    /// Writes its access log to `access.log` in its folder.
    static func logging(
        _ app: ScriptedUpstream, format: String = "json", path: String? = nil,
        _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> (bascule: Bascule, log: LogLines) {
        let folder = try Scratch()
        let log = LogLines(folder)
        var configuration = Configuration(blue: [app])
        configuration.lines.append(
            "access_log: {path: \(path ?? log.path), format: \(format)}")
        change(&configuration)
        return (try Bascule(configuration, folder: folder), log)
    }
}
