import Control
import Kernel
import Settings
import Supervisor
import TLS

/// Role `reader`: reads the configuration's file with its certificates and keys again, with the
/// rights of the supervisor, and says whether they can take the place of those in use.
enum ReaderMain {
    /// A message carries 64 KiB; a file with more mistakes than this is told by its first ones.
    private static let linesMax = 200

    static func run(_ accepted: Settings, _ start: RoleStart, file: String) throws -> Never {
        guard let answers = Descriptor.inherited(RoleDescriptors.Reader.answers) else {
            throw SystemError("reader.inherit", .noSuchFile)
        }
        let channel = MessageChannel(answers)
        do throws(Problem) {
            let new = try load(file)
            try compare(accepted, new.settings)
            let files = try read(new, version: UInt64(start.generation))
            do {
                try handOver(new, files, channel)
            } catch {
                throw Problem(.failed, "what was read cannot be handed over: \(error)")
            }
        } catch {
            ThisProcess.write("bascule: reload: \(error.detail)\n")
            let text = try ControlJSON.text(error)
            channel.send("reader.tell", ReaderWords.refused + text)
        }
        ThisProcess.exit(0)
    }

    private struct Loaded {
        let settings: Settings
        let needs: [MachineNeed]
        let text: String
    }

    private static func load(_ file: String) throws(Problem) -> Loaded {
        switch ConfigurationFile.load(file) {
        case .invalid(let errors, _): throw invalid(errors.map(\.description))
        case .valid(let loaded, let text):
            guard loaded.unserved.isEmpty else {
                throw invalid(loaded.unserved.map(\.description))
            }
            return Loaded(settings: loaded.settings, needs: loaded.needs, text: text)
        }
    }

    private static func invalid(_ lines: [String]) -> Problem {
        Problem(
            .configuration, lines.prefix(linesMax).joined(separator: "\n"),
            hint: "what is in use stays")
    }

    private static func compare(_ accepted: Settings, _ new: Settings) throws(Problem) {
        let differences = SettingsDifference.lines(from: accepted, to: new)
        guard !differences.isEmpty else { return }
        throw Problem(
            .refused,
            "a reload takes certificates and keys, found other changes:\n"
                + differences.prefix(linesMax).joined(separator: "\n"),
            hint: "what is in use stays; restart bascule for the rest")
    }

    private static func read(_ new: Loaded, version: UInt64) throws(Problem) -> TLSFiles {
        do throws(TLSFiles.Unusable) {
            let files = try TLSFiles.load(new.settings, new.needs, version: version)
            for warning in files.warnings { ThisProcess.write("bascule: \(warning)\n") }
            return files
        } catch {
            throw invalid(error.lines)
        }
    }

    private static func handOver(
        _ new: Loaded, _ files: TLSFiles, _ channel: borrowing MessageChannel
    ) throws {
        let paths = TLSFiles.paths(new.settings).joined(separator: "\n")
        let parts: [(String, [UInt8])] = [
            (ReaderWords.credentials, files.credentials.octets),
            (ReaderWords.facts, try files.facts(new.settings)),
            (ReaderWords.configuration, Array(new.text.utf8)),
            (ReaderWords.paths, Array(paths.utf8)),
        ]
        for (word, contents) in parts {
            let file = try MemoryFile.sealed(
                "reader.seal", name: "bascule-\(word)", contents: contents)
            channel.send("reader.tell", word, passing: file)
        }
        channel.send("reader.tell", ReaderWords.accepted)
    }
}
