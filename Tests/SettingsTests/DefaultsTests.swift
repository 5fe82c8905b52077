import Board
import Control
import Kernel
import Testing

@testable import Settings

@Suite("What is not written takes its default")
struct DefaultsTests {
    @Test("The shortest configuration has every default of the contract")
    func shortestHasDefaults() throws {
        let settings = try load(shortest)
        #expect(settings.workers == .auto)
        #expect(settings.user.isEmpty)
        #expect(settings.workerUser.isEmpty)
        #expect(settings.control.socket == "/run/bascule/control.sock")
        #expect(settings.control.mode == 0o660)
        #expect(settings.control.group.isEmpty)
        #expect(settings.admin?.description == "127.0.0.1:9180")
        #expect(settings.state == "/var/lib/bascule")
        #expect(settings.accessLog.path == .standardOutput)
        #expect(settings.accessLog.format == .json)
        #expect(settings.trustedProxies.isEmpty)
        let listener = try #require(settings.listen.first)
        #expect(!listener.redirectToHTTPS)
        #expect(!listener.proxyProtocol)
        #expect(!listener.h2c)
        #expect(listener.tls == nil)
    }

    @Test("Limits")
    func limits() throws {
        let limits = try load(shortest).limits
        #expect(limits.headerBytes.bytes == 32_768)
        #expect(limits.headerCount == 100)
        #expect(limits.bodyBytes.bytes == 0)
        #expect(limits.requestBuffer.bytes == 65_536)
        #expect(limits.responseBuffer.bytes == 262_144)
        #expect(limits.responseBuffers.bytes == 67_108_864)
        #expect(limits.connections == 10_000)
    }

    @Test("Time-outs")
    func timeouts() throws {
        let timeouts = try load(shortest).timeouts
        #expect(timeouts.header == .seconds(10))
        #expect(timeouts.body == .seconds(60))
        #expect(timeouts.send == .seconds(60))
        #expect(timeouts.connect == .seconds(2))
        #expect(timeouts.response == .seconds(60))
        #expect(timeouts.idle == .seconds(75))
        #expect(timeouts.upstreamIdle == .seconds(60))
        #expect(timeouts.tunnel == .seconds(3600))
    }

    @Test("A service")
    func service() throws {
        let web = try #require(load(shortest).services.first)
        #expect(web.name == "web")
        #expect(web.hosts == ["*"])
        #expect(web.paths == ["/"])
        #expect(web.colors == [.blue, .green])
        #expect(web.upstreamTLS.ca.isEmpty)
        #expect(web.upstreamTLS.name.isEmpty)
        #expect(web.initial == .blue)
        #expect(!web.exposeColor)
        #expect(web.database == nil)
        #expect(web.health.path == "/health")
        #expect(web.health.interval == .seconds(2))
        #expect(web.health.timeout == .seconds(1))
        #expect(web.health.rise == 2)
        #expect(web.health.fall == 3)
        #expect(web.health.host.isEmpty)
        #expect(web.health.port == 0)
    }

    @Test("Switchover and deploy")
    func switchover() throws {
        let web = try #require(load(shortest).services.first)
        #expect(web.switchover.mode == .handover)
        #expect(web.switchover.holdTimeout == .seconds(10))
        #expect(web.switchover.holdRequests == 10_000)
        #expect(web.switchover.holdBytes.bytes == 67_108_864)
        #expect(web.switchover.drainTimeout == .seconds(8))
        #expect(web.switchover.streamGrace == .seconds(30))
        #expect(web.switchover.watch == .seconds(30))
        #expect(web.switchover.maxErrorRate.share == 0.01)
        #expect(web.deploy.hold == .writes)
        #expect(web.deploy.holdTimeout == .seconds(60))
        #expect(web.deploy.timeout == .seconds(300))
    }

    @Test("TLS, database and backup")
    func optionalParts() throws {
        let text = """
            listen:
              - address: ":443"
                tls: {certificates: [{certificate: /c.pem, key: /k.pem}]}
            services:
              web:
                colors: {green: {targets: ["app:80"]}}
                database: {sqlite: /data/app.db, backup: {directory: /backups}}
            """
        let settings = try load(text)
        let tls = try #require(settings.listen.first?.tls)
        #expect(tls.minimumVersion == .v12)
        #expect(tls.http2)
        #expect(tls.hsts == .zero)
        #expect(tls.certificates.first?.ocsp.isEmpty == true)
        let web = try #require(settings.services.first)
        #expect(web.initial == .green, "the only color")
        #expect(web.database?.migrations == .auto)
        #expect(web.database?.expect == nil)
        #expect(web.database?.rehearse.isEmpty == true)
        #expect(web.database?.backup?.keep == 10)
        #expect(web.database?.backup?.beforeSwitch == true)
        #expect(web.database?.backup?.schedule == nil)
    }

    @Test("The contract's own example is valid and means what it says")
    func contractExampleLoads() throws {
        let loaded = try Settings.load(text: contractExample, file: "a.yaml")
        let settings = loaded.settings
        #expect(settings.listen.map(\.address.description) == ["0.0.0.0:80", "0.0.0.0:443"])
        #expect(settings.user == "bascule")
        #expect(settings.workerUser == "bascule-worker")
        #expect(settings.control.group == "bascule")
        let (index, web) = try #require(settings.service("web"))
        #expect(index == 0)
        #expect(web.blue?.targets.map(\.description) == ["127.0.0.1:5001"])
        #expect(web.green?.targets.map(\.description) == ["127.0.0.1:5002"])
        #expect(web.database?.engine == .sqlite(path: "/data/myfinance.db"))
        #expect(web.database?.expect == .healthField("migration"))
        #expect(web.database?.backup?.schedule == BackupSchedule("daily 03:00"))
        #expect(loaded.unserved.isEmpty)
        #expect(loaded.warnings.count == 1)
    }

    @Test("The contract's example differs from the defaults only where it shows examples")
    func contractExampleIsTheDefaults() throws {
        var settings = try load(contractExample)
        var plain = try load(shortest)
        settings.user = ""
        settings.workerUser = ""
        settings.control.group = ""
        settings.listen = plain.listen
        settings.services[0].database = nil
        #expect(settings == plain)
        plain.services[0].name = "other"
        #expect(settings != plain)
    }
}
