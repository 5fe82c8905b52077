internal import Board
internal import Control
internal import Health
internal import Kernel
internal import Settings
internal import SharedDatabase

/// What the targets of a color state, all of them together.
extension ColorHealth {
    /// What its healthy targets state: they have to agree.
    var stated: StatedMigrations {
        let asked = ready
        switch expectation {
        case nil: return .notAsked
        case .file, .command: return outside ?? .nothing(reason: "it was not asked yet")
        case .healthField, .header: break
        }
        var different: [(address: String, stated: StatedMigrations)] = []
        for target in asked {
            let stated =
                target.last?.statement.migrations ?? .nothing(reason: "it was not probed yet")
            if !different.contains(where: { $0.stated == stated }) {
                different.append((target.address.description, stated))
            }
        }
        switch different.count {
        case 0: return .nothing(reason: "none of them is healthy")
        case 1: return different[0].stated
        case _:
            let words = different.map { "\($0.address) states \(Self.words($0.stated))" }
            return .nothing(
                reason: "its targets do not agree: \(words.joined(separator: ", "))")
        }
    }

    private static func words(_ stated: StatedMigrations) -> String {
        switch stated {
        case .notAsked, .nothing: "nothing"
        case .latest(let name): name
        case .known(let names): "\(names.count) up to \(names.last ?? "none")"
        }
    }

    var statement: MigrationStatement {
        switch stated {
        case .notAsked: .notAsked
        case .nothing(let reason): .nothing(reason: reason)
        case .latest(let name): .latest(id: name)
        case .known(let names): .known(ids: names)
        }
    }

    /// What the gate is asked about this color.
    var request: GateRequest {
        var request = GateRequest(stated: statement)
        for target in ready {
            guard let stated = target.last?.statement else { continue }
            request.isMigrating = request.isMigrating || stated.isMigrating
            request.pending += stated.pending.filter { !request.pending.contains($0) }
        }
        request.files = files
        request.source = source
        return request
    }

    private var source: StatementSource? {
        switch expectation {
        case .healthField(let name): .healthField(name)
        case .header(let name): .header(name)
        case .file(let path): .file(path.replacing("{color}", with: color.name))
        case .command(let arguments): arguments.first.map(StatementSource.command)
        case nil: nil
        }
    }

    /// The database file of each target that states one.
    var files: [StatedFile] {
        ready.compactMap { target in
            guard let stated = target.last?.statement, let inode = stated.inode else { return nil }
            return StatedFile(
                who: "\(color.name) at \(target.address)", device: stated.device, inode: inode)
        }
    }

    /// Targets whose SQLite can lose commits, each with its version.
    var doubtfulLibraries: [String] {
        ready.compactMap { target in
            guard let version = target.last?.statement.sqlite,
                let number = SQLiteVersion(version), number.hasResetBug
            else { return nil }
            return "\(color.name) at \(target.address) uses SQLite \(version)"
        }
    }
}

extension Check {
    /// The check `database`, where it passed, as a warning of libraries that can lose commits.
    func doubting(_ libraries: [String]) -> Check {
        guard name == .database, state == .passed, !libraries.isEmpty else { return self }
        var check = self
        check.state = .warned
        check.saw = libraries.joined(separator: "; ")
        check.expected = "SQLite 3.51.3 or later, 3.50.7, or 3.44.6"
        check.hint =
            "older ones can lose a commit when another process checkpoints at that moment: "
            + "update the library that the application brings"
        return check
    }
}
