import Foundation
import FuzzBodies

/// The inputs that are kept for each target: `Tests/Fuzz/corpus/NAME*.txt`, each one in base64,
/// lines of one input one after the other, an empty line between two inputs.
enum Corpus {
    static func load(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fuzz/corpus")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        var inputs: [[UInt8]] = []
        for file in files.sorted(by: { $0.path < $1.path })
        where file.lastPathComponent.hasPrefix(target.name) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for entry in text.split(separator: "\n\n") {
                let lines = entry.replacing("\n", with: "")
                if let data = Data(base64Encoded: String(lines)) { inputs.append(Array(data)) }
            }
        }
        return inputs
    }
}
