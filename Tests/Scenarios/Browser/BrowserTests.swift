import Foundation
import Kernel
import Testing

/// A real browser: what it makes of HTTP/2, and of a switch under an open WebSocket.
@Suite(
    "A browser", .serialized, .timeLimit(.minutes(1)),
    .enabled(if: Browser.isInstalled, "chromium is not installed"))
struct BrowserTests {
    private static func records(_ app: ScriptedUpstream) throws -> [BrowserPage.Record] {
        try app.requests.filter { $0.path == "/record" }.map {
            try JSONDecoder().decode(BrowserPage.Record.self, from: Data($0.body))
        }
    }

    @Test(
        "Chromium loads sixty assets on one connection, and its WebSocket comes back after a switch"
    )
    func page() throws {
        let certificates = try Certificates()
        try certificates.make("a", for: "a.test")
        let blue = try BrowserPage.app("blue")
        let green = try BrowserPage.app("green")
        var configuration = Configuration(blue: [blue], green: [green])
        configuration.listenerKeys = [certificates.listener("a")]
        configuration.lines = [
            "access_log: {path: \(certificates.folder.file("log")), format: json}"
        ]
        let bascule = try Bascule(configuration)
        try bascule.waitForHealth()
        let browser = try Browser(bascule, certificates, "a")
        let first = try Wait.forValue(
            "the page tells: \(browser.program.standardError)", seconds: 20
        ) {
            try Self.records(blue).first
        }
        #expect(first.scripts == BrowserPage.scripts)
        #expect(first.sheets == BrowserPage.sheets)
        #expect(first.images == BrowserPage.images)
        #expect(first.protocols == Array(repeating: "h2", count: BrowserPage.assets))
        // All of them came on the connection that the page came on.
        #expect(first.connections == 0)
        #expect(first.colors == ["blue"] && first.closes.isEmpty)

        let result = try bascule.run("switch", "green", "--streams", "close", "--json")
        #expect(result.code == 0, "\(result.errors)")
        let second = try Wait.forValue("the WebSocket comes back") {
            try Self.records(green).first
        }
        #expect(second.colors == ["blue", "green"])
        #expect(second.closes == [1001])
        try browser.close()

        for app in [blue, green] {
            #expect(app.requests.allSatisfy { $0["via"] == "2.0 bascule" })
            #expect(app.requests.filter { $0.path == "/socket" }.count == 1)
        }
        try Wait.until("every asset is in the log, over HTTP/2") {
            let lines = certificates.folder.text(of: "log").split(separator: "\n")
            return lines.filter {
                $0.contains("/asset/") && $0.contains("\"protocol\":\"HTTP/2.0\"")
            }.count == BrowserPage.assets
        }
    }
}
