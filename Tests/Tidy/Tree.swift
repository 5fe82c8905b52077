import Foundation

/// The files of the repository this test stands in.
struct Tree {
    let files: [SourceFile]

    var paths: [String] { files.map(\.path) }

    func text(of path: String) -> String? { files.first { $0.path == path }?.text }

    /// Every file that git tracks or would add; what .gitignore names is not part of the tree.
    static func ofThisRepository() throws -> Tree {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let paths = try list(root)
        let files = try paths.compactMap { path -> SourceFile? in
            let file = root.appending(path: path)
            // A file that was removed and not yet committed as removed is still listed.
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            let data = try Data(contentsOf: file)
            return SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
        }
        return Tree(files: files)
    }

    private static func list(_ root: URL) throws -> [String] {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        // The tree may belong to another user, as in a container; git refuses such without a word.
        git.arguments = [
            "git", "-c", "safe.directory=*", "-C", root.path, "ls-files", "-z", "--cached",
            "--others", "--exclude-standard",
        ]
        let output = Pipe()
        git.standardOutput = output
        try git.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { throw NoList(status: git.terminationStatus) }
        return String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
            .sorted()
    }

    struct NoList: Error {
        let status: Int32
    }
}
