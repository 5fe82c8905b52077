import Board
import Kernel
import Settings
import Testing

@testable import Health

@Suite struct ProbeRequestTests {
    @Test("The Host is health.host, else the first exact host, else the target itself")
    func host() throws {
        var service = ServiceSettings(name: "web", blue: nil, green: nil, initial: .blue)
        let target = try #require(TargetAddress("app-blue:5001"))
        #expect(try host(service, target) == "app-blue:5001")
        service.hosts = ["*", "*.example.org", "www.example.org"]
        #expect(try host(service, target) == "www.example.org")
        service.health.host = "health.internal"
        #expect(try host(service, target) == "health.internal")
        service = ServiceSettings(name: "web", blue: nil, green: nil, initial: .blue)
        #expect(try host(service, try #require(TargetAddress("unix:/run/a.sock"))) == "localhost")
    }

    @Test("health.port takes the place of the target's own")
    func port() throws {
        var service = ServiceSettings(name: "web", blue: nil, green: nil, initial: .blue)
        service.health.port = 9000
        let target = try #require(TargetAddress("127.0.0.1:5001"))
        let address = SocketAddress.ipv4(0x7f00_0001, port: 5001)
        let request = ProbeRequest(service: service, target: target, address: address)
        #expect(request.address == .ipv4(0x7f00_0001, port: 9000))
    }

    private func host(_ service: ServiceSettings, _ target: TargetAddress) throws -> String {
        let request = ProbeRequest(
            service: service, target: target, address: .ipv4(0x7f00_0001, port: 5001))
        let text = String(decoding: request.octets, as: UTF8.self)
        #expect(text.hasPrefix("GET /health HTTP/1.1\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
        let line = try #require(text.split(separator: "\r\n").first { $0.hasPrefix("Host: ") })
        return String(line.dropFirst(6))
    }
}
