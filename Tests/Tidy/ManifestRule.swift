/// The package holds every target to the same settings: memory safety strict, warnings as errors,
/// and no flags behind the compiler's back.
enum ManifestRule {
    private static let wanted = ["strictMemorySafety", "treatAllWarnings", "ExistentialAny"]
    private static let banned = ["unsafeFlags", "unchecked"]

    static func findings(in manifest: SourceFile) -> [Finding] {
        let text = String(decoding: manifest.code, as: UTF8.self)
        let missing = wanted.filter { !manifest.text.contains($0) }.map { "\($0) is missing" }
        let present = banned.filter { text.contains($0) }.map { "\($0) is used" }
        // A Swift target says `swiftSettings: house`; the helpers room() and tests() do it once.
        let bare = manifest.words.filter {
            ["executableTarget", "testTarget"].contains($0.text)
                && !settings(of: $0, in: manifest).contains("swiftSettings: house")
        }.map { "the target of line \($0.line) has settings of its own" }
        return (missing + present + bare).map {
            Finding(path: manifest.path, line: nil, message: $0)
        }
    }

    private static func settings(of word: Word, in manifest: SourceFile) -> String {
        let opening = word.offset + word.text.utf8.count
        let end = Manifest.end(of: manifest.code, from: opening)
        return String(decoding: manifest.code[opening..<end], as: UTF8.self)
    }
}
