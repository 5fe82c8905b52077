import Control
import Foundation
import Testing

@testable import bascule

@Suite("Configuration files")
struct ConfigurationFileTests {
    private func report(_ octets: Data) throws -> ConfigurationReport {
        let path = NSTemporaryDirectory() + "bascule-\(UUID().uuidString.prefix(8)).yaml"
        try octets.write(to: URL(filePath: path))
        defer { _ = Result { try FileManager.default.removeItem(atPath: path) } }
        return ConfigurationReport(ConfigurationFile.load(path), file: "a.yaml")
    }

    @Test("A file that is missing is one error")
    func missing() {
        let report = ConfigurationReport(ConfigurationFile.load("/none/a.yaml"), file: "a.yaml")
        #expect(!report.valid)
        #expect(report.errors.map(\.text) == ["/none/a.yaml:1:1: No such file or directory"])
        #expect(report.verdict == "not valid, 1 error")
    }

    @Test("Octets that are no UTF-8 are one error")
    func noText() throws {
        let report = try report(Data([0x61, 0xff]))
        #expect(report.errors.map(\.message) == ["found octets that are no UTF-8"])
    }

    @Test("A valid file, and one that this version does not serve")
    func valid() throws {
        let plain = """
            listen: [{address: ":80"}]
            services: {web: {colors: {blue: {targets: ["a:1"]}}}}
            """
        #expect(try report(Data(plain.utf8)).verdict == "valid")
        let database = "web: {database: {postgres: \"postgresql://h/d\"}, "
        let unserved = plain.replacing("web: {", with: database)
        let found = try report(Data(unserved.utf8))
        #expect(found.valid)
        #expect(found.verdict == "valid, but `serve` of this version refuses it")
        #expect(found.unserved.count == 1)
        #expect(
            found.unserved.first?.text
                .contains(":2:39: warning: services.web.database.postgres: ") == true)
    }
}
