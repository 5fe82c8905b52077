/// Everything that is found while one configuration is read: all of it in one run.
///
/// A class, because every part of the tree reports to the same one.
final class Findings {
    let file: String
    private(set) var errors: [Finding] = []
    private(set) var warnings: [Finding] = []
    private(set) var unserved: [Finding] = []
    private(set) var needs: [MachineNeed] = []

    init(file: String) { self.file = file }

    func error(_ place: Place, _ path: String, _ message: String) {
        errors.append(finding(place, path, message))
    }

    func warning(_ place: Place, _ path: String, _ message: String) {
        warnings.append(finding(place, path, message))
    }

    /// What is valid, but not done by this version.
    func unserved(_ place: Place, _ path: String, _ what: String) {
        unserved.append(finding(place, path, "\(what): not served by this version yet"))
    }

    /// What has to be on the machine.
    func need(_ kind: MachineNeed.Kind, _ name: String, _ place: Place, _ path: String) {
        let expected =
            switch kind {
            case .user: "a user of this machine"
            case .group: "a group of this machine"
            case .file: "a file of this machine that can be read"
            }
        needs.append(
            MachineNeed(
                kind: kind, name: name,
                finding: finding(place, path, "found \"\(name)\", expected \(expected)")))
    }

    private func finding(_ place: Place, _ path: String, _ message: String) -> Finding {
        Finding(
            file: file, line: place.line, column: place.column, path: path, message: message)
    }

    static func inOrder(_ findings: [Finding]) -> [Finding] {
        findings.sorted { ($0.line, $0.column, $0.path) < ($1.line, $1.column, $1.path) }
    }
}

/// A place in the text, both from 1; columns count Unicode scalars.
struct Place: Hashable {
    var line: Int
    var column: Int

    static let start = Place(line: 1, column: 1)
}
