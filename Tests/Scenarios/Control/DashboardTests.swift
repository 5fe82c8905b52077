import Board
import Control
import Kernel
import Testing

/// The page at the admin listener, as a browser gets it.
@Suite("The dashboard", .serialized, .timeLimit(.minutes(1)))
struct DashboardScenarios {
    private static func serves(_ color: Color) -> String {
        "<i class=\"\(color.name)\"></i>\(color.name)</span> serves"
    }

    private static let hostile = "<img src=x onerror='alert(1)'>&\""
    private static let escaped = "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;"

    @Test("It is a page by itself, for GET and HEAD alone, and names who serves before and after")
    func page() throws {
        let port = try FreePort.next()
        let colors = try TwoColors { $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}") }
        let browser = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let page = try browser.get("/")
        #expect(page.status == 200)
        #expect(page["content-type"] == "text/html; charset=utf-8")
        #expect(page["cache-control"] == "no-store")
        #expect(page["x-content-type-options"] == "nosniff")
        #expect(
            page["content-security-policy"]
                == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        #expect(page["refresh"] == "2")
        #expect(page.text.hasPrefix("<!doctype html>"))
        #expect(page.text.contains(Self.serves(.blue)))
        #expect(!page.text.contains(Self.serves(.green)))
        for target in [colors.blue, colors.green] {
            #expect(page.text.contains(target.address.description))
        }
        for part in ["<script", "src=", "url(", "<link"] { #expect(!page.text.contains(part)) }
        let still = try browser.get("/?refresh=off")
        #expect(still.status == 200)
        #expect(still["refresh"] == nil)
        let head = try browser.ask(RawConnection.request("HEAD", "/"))
        #expect(head.status == 200)
        #expect(Int(head["content-length"] ?? "") ?? 0 > 1_000)
        #expect(try colors.bascule.run("switch", "green").code == 0)
        // The same connection: nothing but heads came for HEAD.
        let after = try browser.get("/")
        #expect(after.text.contains(Self.serves(.green)))
        #expect(after.text.contains("switch blue to green"))
        let post = try browser.post("/", "")
        #expect(post.status == 405)
        #expect(post["allow"] == "GET, HEAD")
        for path in ["/nothing", "//", "/index.html", "/v1/status"] {
            #expect(try browser.get(path).status == 404, "\(path)")
        }
    }

    @Test("It shows an operation that runs and maintenance, and of no client what it asked for")
    func operation() throws {
        let port = try FreePort.next()
        let colors = try TwoColors { $0.lines.append("admin: {address: \"127.0.0.1:\(port)\"}") }
        let bascule = colors.bascule
        let browser = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let slow = try colors.startSlow("/slow-and-secret")
        let program = try bascule.start(["switch", "green", "--drain-timeout", "2s"])
        try Wait.until("the page shows the drain") {
            let page = try browser.get("/").text
            return page.contains("is at the step <b>drain</b>") && page.contains(">held</b>")
        }
        #expect(try program.ending() == 4)
        // The operation's own message names it.
        #expect(try bascule.run("history").output.contains("/slow-and-secret"))
        let page = try browser.get("/").text
        #expect(page.contains("timed out"))
        #expect(!page.contains("secret"))
        colors.letSlowAnswer()
        #expect(try slow.readAnswer().text == "blue")
        #expect(try bascule.run("maintenance", "on", "--message", Self.hostile).code == 0)
        let maintained = try browser.get("/").text
        #expect(maintained.contains(">maintenance</b>"))
        #expect(maintained.contains(Self.escaped))
        #expect(!maintained.contains("<img"))
    }

    @Test("Migrations and the last backup stand there, whatever a target calls a migration")
    func database() throws {
        let port = try FreePort.next()
        let stage = try TwoVersions(lines: ["admin: {address: \"127.0.0.1:\(port)\"}"])
        let browser = try RawConnection(to: .ipv4(0x7f00_0001, port: port))
        let page = try browser.get("/").text
        #expect(page.contains("1 migration (efcore), latest <code>\(TwoVersions.first)</code>"))
        #expect(page.contains(stage.folder.file("app.db")))
        #expect(page.contains(">none</b>"))
        #expect(try stage.bascule.run("db", "backup").code == 0)
        stage.green.health =
            #"{"status":"Healthy","migration":"<img src=x onerror='alert(1)'>&\""}"#
        try Wait.until("the page shows what green expects") {
            try browser.get("/").text.contains("<code>\(Self.escaped)</code>")
        }
        let later = try browser.get("/").text
        #expect(!later.contains(">none</b>"))
        #expect(!later.contains("<img"))
        #expect(later.contains("backup of the database"))
    }
}
