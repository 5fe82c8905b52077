import Foundation
import Kernel
import Testing

/// Debian's Chromium without a window, with a profile of its own, on one page.
struct Browser {
    static let path = "/usr/bin/chromium"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    let program: Program
    private let profile: Scratch

    /// Opens `https://a.test` at a Bascule, whose certificate it believes by its key alone.
    init(_ bascule: Bascule, _ certificates: Certificates, _ name: String) throws {
        let port = try #require(bascule.address.port)
        profile = try Scratch()
        program = try Program(
            Self.path,
            [
                "--headless", "--user-data-dir=\(profile.path)", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                "--disable-background-networking", "--disable-breakpad",
                "--disable-component-update",
                // Tests run as root too, where Chromium's sandbox cannot.
                "--no-sandbox", "--host-resolver-rules=MAP * 127.0.0.1",
                "--ignore-certificate-errors-spki-list=\(try Self.digest(certificates, name))",
                "--remote-debugging-port=0", "https://a.test:\(port)/",
            ],
            // Its own files go where the profile is.
            environment: ["HOME": profile.path, "TMPDIR": profile.path])
    }

    /// Ends it and waits for it, so that its folder can be removed.
    func close() throws {
        program.send(.terminate)
        _ = try program.ending()
    }

    /// SHA-256 of a certificate's key, in Base64.
    private static func digest(_ certificates: Certificates, _ name: String) throws -> String {
        let script = """
            openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform der \
            | openssl dgst -sha256 -binary | base64
            """
        let words = ["-c", script, "sh", certificates.path(name)]
        let command = try Command(Program("/bin/sh", words))
        try #require(command.code == 0, "\(command.errors)")
        return command.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A page of many assets with a WebSocket, which tells the app what it saw.
enum BrowserPage {
    static let scripts = 20
    static let sheets = 20
    static let images = 20
    static var assets: Int { scripts + sheets + images }

    /// What the page says of itself (`/record`).
    struct Record: Decodable, Equatable {
        var scripts: Int
        var sheets: Int
        var images: Int
        /// Of each asset: the protocol that it came by.
        var protocols: [String]
        /// Assets for which a connection was opened.
        var connections: Int
        /// What WebSockets said first, and the codes with which they were closed.
        var colors: [String]
        var closes: [Int]
    }

    /// An app of one color.
    static func app(_ color: String) throws -> ScriptedUpstream {
        try ScriptedUpstream { request, connection in
            let path = request.path
            if path == "/socket" {
                try serveSocket(color, request, connection)
                return .close
            }
            let (type, content) =
                switch path {
                case "/": ("text/html", page)
                case _ where path.hasSuffix(".css"):
                    ("text/css", ":root { --sheet-\(number(path)): 1 }")
                case _ where path.hasSuffix(".js"): ("text/javascript", "loaded += 1")
                case _ where path.hasSuffix(".svg"):
                    (
                        "image/svg+xml",
                        "<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'>"
                            + "<rect width='16' height='16' fill='\(color)'/></svg>"
                    )
                case _: ("text/plain", color)
                }
            try connection.send(
                ScriptedUpstream.answer(content, "Content-Type: \(type)", "Cache-Control: no-store")
            )
            return .keep
        }
    }

    private static func number(_ path: String) -> String {
        String(path.filter(\.isNumber))
    }

    /// Says its color, and answers a close with a close.
    private static func serveSocket(
        _ color: String, _ request: Message, _ connection: RawConnection
    ) throws {
        try connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: x\r\n\r\n")
        try connection.send(Frame(code: Frame.Code.text, payload: Array(color.utf8)))
        connection.patience = 60
        while true {
            let frame = try Frame.read(from: connection)
            guard frame.code != Frame.Code.close else {
                return try connection.send(Frame(code: frame.code, payload: frame.payload))
            }
        }
    }

    private static let page = """
        <!doctype html><title>Bascule</title><script>var loaded = 0</script>
        \((0..<sheets).map { "<link rel=stylesheet href=/asset/\($0).css>" }.joined())
        \((0..<images).map { "<img src=/asset/\($0).svg>" }.joined())
        \((0..<scripts).map { "<script src=/asset/\($0).js></script>" }.joined())
        <p id=told></p>
        <script>
        const colors = [], closes = [];
        function record() {
          const style = getComputedStyle(document.documentElement);
          const assets = performance.getEntriesByType('resource')
            .filter((entry) => entry.name.includes('/asset/'));
          return JSON.stringify({
            scripts: loaded,
            sheets: [...Array(\(sheets)).keys()]
              .filter((number) => style.getPropertyValue(`--sheet-${number}`) == 1).length,
            images: [...document.images].filter((image) => image.naturalWidth == 16).length,
            protocols: assets.map((asset) => asset.nextHopProtocol),
            connections: assets.filter((asset) => asset.connectEnd > asset.connectStart).length,
            colors, closes});
        }
        function open() {
          const socket = new WebSocket(`wss://${location.host}/socket`);
          socket.onclose = (event) => { closes.push(event.code); open(); };
          socket.onmessage = (event) => {
            colors.push(event.data);
            document.getElementById('told').textContent = record();
            fetch('/record', {method: 'POST', body: record()});
          };
        }
        onload = open;
        </script>
        """
}
