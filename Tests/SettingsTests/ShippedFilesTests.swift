import Foundation
import Testing

@testable import Settings

/// The files of `conf` and what `deploy` mounts, as a user gets them.
@Suite("The configurations of this repository")
struct ShippedFilesTests {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    @Test("Each is valid, without a warning and without what this version does not serve")
    func valid() throws {
        let folder = Self.root.appending(path: "conf")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".yaml") }
        #expect(names.count >= 2)
        for name in names {
            let loaded = try Settings.load(text: text("conf/\(name)"), file: name)
            #expect(loaded.warnings.isEmpty, "\(name)")
            #expect(loaded.unserved.isEmpty, "\(name)")
        }
    }

    @Test("What bascule.yaml shows commented out are the defaults, all of them")
    func defaults() throws {
        let shipped = try text("conf/bascule.yaml")
        let uncommented = uncommentingKeys(shipped)
        #expect(uncommented != shipped)
        let plain = try Settings.load(text: shipped, file: "bascule.yaml").settings
        let full = try Settings.load(text: uncommented, file: "bascule.yaml").settings
        #expect(plain == full)
        for key in ["workers:", "limits:", "timeouts:", "switchover:", "expose_color:"] {
            #expect(uncommented.contains("\n\(key)") || uncommented.contains("\n    \(key)"))
        }
    }

    @Test("The example of a shared database in bascule.yaml is valid")
    func database() throws {
        let shipped = try text("conf/bascule.yaml")
        let example = uncommentingKeys(shipped, before: shipped.endIndex)
        let loaded = try Settings.load(text: example, file: "bascule.yaml")
        #expect(loaded.settings.services.first?.database != nil)
        #expect(loaded.unserved.isEmpty)
    }

    @Test("compose.yaml mounts a file of conf, and its containers are that file's targets")
    func compose() throws {
        let compose = try text("deploy/compose.yaml")
        let mount = try #require(
            compose.firstMatch(of: #/- \.\./(conf/[a-z-]+\.yaml):/etc/bascule/bascule\.yaml:ro/#))
        let path = String(mount.output.1)
        let settings = try Settings.load(text: text(path), file: path).settings
        let service = try #require(settings.services.first)
        for color in [service.blue, service.green] {
            let target = try #require(color?.targets.first?.description.split(separator: ":"))
            #expect(compose.contains("\n  \(target[0]):\n"))
            #expect(compose.contains("ASPNETCORE_HTTP_PORTS: \"\(target[1])\""))
        }
        #expect(compose.contains("- /run/bascule:/run/bascule"))
        #expect(settings.control.socket.hasPrefix("/run/bascule/"))
        #expect(compose.contains(":\(settings.state)\n"))
    }

    /// Takes the `# ` away before every key; the example of a database is none of the defaults.
    private func uncommentingKeys(_ text: String, before end: String.Index? = nil) -> String {
        let stop = end ?? text.range(of: "    # database:")?.lowerBound ?? text.endIndex
        let key = #/^( *)# ( *[a-z_]+:( .*)?)$/#.anchorsMatchLineEndings()
        return String(text[..<stop]).replacing(key) { "\($0.output.1)\($0.output.2)" }
            + text[stop...]
    }
}
