import Settings
import Testing

@Suite("What two configurations do not have in common")
struct DifferenceTests {
    private func settings(_ text: String) throws -> Settings {
        try Settings.load(text: text, file: "a.yaml").settings
    }

    private func text(certificate: String = "/a.pem", hsts: String = "0s", fall: Int = 3) -> String
    {
        """
        listen:
          - address: ":443"
            tls: {certificates: [{certificate: \(certificate), key: /a.key}], hsts: \(hsts)}
        services:
          web:
            colors: {blue: {targets: ["app:1"]}}
            health: {fall: \(fall)}
        """
    }

    @Test("Certificates and keys make no difference, and neither does how a value is written")
    func none() throws {
        let old = try settings(text())
        #expect(try SettingsDifference.lines(from: old, to: settings(text())).isEmpty)
        #expect(
            try SettingsDifference.lines(
                from: old, to: settings(text(certificate: "/b.pem", hsts: "0ms"))
            ).isEmpty)
    }

    @Test("Everything else is named with what it was and what it is")
    func named() throws {
        let lines = try SettingsDifference.lines(
            from: settings(text()), to: settings(text(hsts: "1h", fall: 4)))
        #expect(
            lines == [
                "listen[0].tls.hsts: was \"0s\", is \"1h\"",
                "services.web.health.fall: was 3, is 4",
            ])
    }

    @Test("What appears or goes is named")
    func absent() throws {
        let one = text()
        let two =
            one + "\n  api:\n    hosts: [api.test]\n    colors: {blue: {targets: [\"b:1\"]}}\n"
        let lines = try SettingsDifference.lines(from: settings(one), to: settings(two))
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("services.api: was absent, is {"), "\(lines)")
    }
}
