import Foundation

/// Python programs of the tests that need packages of PyPI (Tests/python-requirements.txt).
enum PeerPrograms {
    /// The Python that has a package; nil where deploy/install-packages has not made it.
    static func python(with package: String) -> String? {
        let folder = ProcessInfo.processInfo.environment["BASCULE_PYTHON"] ?? ".build/python"
        let list = FileManager.default.contents(atPath: "\(folder)/requirements.txt") ?? Data()
        let lines = String(decoding: list, as: UTF8.self).split(separator: "\n")
        return lines.contains { $0.hasPrefix("\(package)==") } ? "\(folder)/bin/python" : nil
    }

    static var hasH2: Bool { python(with: "h2") != nil }

    static func path(_ name: String) -> String {
        BuildFolder.repository.appending(path: "Tests/Peers/\(name)").path
    }
}
