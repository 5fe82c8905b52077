/// Imports point only up the list of rooms: a target imports only own targets that Package.swift
/// declares above it and names among its dependencies.
struct ImportRule {
    let manifest: Manifest

    func findings(in file: SourceFile) -> [Finding] {
        guard file.language == .swift, let folder = file.targetFolder else { return [] }
        guard let own = manifest.rooms.firstIndex(where: { $0.folder == folder }) else {
            return [Finding(path: file.path, line: nil, message: "\(folder) is no target's")]
        }
        let target = manifest.rooms[own].name
        return Import.all(in: file).compactMap { statement in
            guard let other = manifest.position(of: statement.module) else { return nil }
            let problem: String? =
                if other >= own {
                    "\(target) imports \(statement.module), which stands below it"
                } else if !manifest.rooms[own].dependencies.contains(manifest.rooms[other].name) {
                    "\(target) imports \(statement.module), not one of its dependencies"
                } else {
                    nil
                }
            return problem.map { Finding(path: file.path, line: statement.line, message: $0) }
        }
    }

    /// The list itself: a room depends only on rooms above it, or SwiftPM would allow what the
    /// order forbids.
    func findingsInManifest() -> [Finding] {
        manifest.rooms.enumerated().flatMap { own, room in
            room.dependencies.compactMap { name in
                guard let other = manifest.position(of: name), other >= own else { return nil }
                return Finding(
                    path: "Package.swift", line: room.line,
                    message: "\(room.name) depends on \(name), which stands below it")
            }
        }
    }
}

/// One import statement.
struct Import {
    let module: String
    let line: Int

    /// `public import struct A.B` is an import of A.
    static func all(in file: SourceFile) -> [Import] {
        let kinds: Set<String> = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
        ]
        return file.words.indices.compactMap { index in
            guard file.words[index].text == "import" else { return nil }
            let rest = file.words[(index + 1)...].prefix(2).map(\.text)
            guard let first = rest.first else { return nil }
            let module = kinds.contains(first) ? rest.last ?? first : first
            return Import(module: module, line: file.words[index].line)
        }
    }
}
