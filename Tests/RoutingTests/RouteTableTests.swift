import Bytes
import Testing

@testable import Routing

@Suite("Hosts and paths")
struct RouteTableTests {
    private let table = RouteTable([
        ServiceRoute(hosts: ["*"], paths: ["/"]),
        ServiceRoute(hosts: ["shop.example"], paths: ["/"]),
        ServiceRoute(hosts: ["shop.example"], paths: ["/api/", "/api/v2/"]),
        ServiceRoute(hosts: ["*.example"], paths: ["/"]),
        ServiceRoute(hosts: ["*.deep.example"], paths: ["/only/"]),
    ])

    private func service(_ host: String, _ path: String) -> Int? {
        let host = Array(host.utf8)
        let path = Array(path.utf8)
        return table.service(host: host.span.octets, path: path.span.octets)
    }

    @Test("An exact host goes before a suffix, and a suffix before everything")
    func mostExactHost() {
        #expect(service("shop.example", "/") == 1)
        #expect(service("other.example", "/") == 3)
        #expect(service("elsewhere.test", "/") == 0)
    }

    @Test("The longest suffix decides, and a path that it does not have is nobody's")
    func hostDecides() {
        #expect(service("a.deep.example", "/only/x") == 4)
        #expect(service("a.deep.example", "/") == nil)
    }

    @Test("The longest path prefix wins, and a prefix ends at a slash")
    func longestPath() {
        #expect(service("shop.example", "/api/users") == 2)
        #expect(service("shop.example", "/api/v2/users") == 2)
        #expect(service("shop.example", "/apix") == 1)
        #expect(service("shop.example", "/api") == 1)
    }

    @Test(
        "Case and a final dot mean nothing in a host", arguments: ["SHOP.Example", "shop.example."])
    func sameHost(host: String) {
        #expect(service(host, "/") == 1)
    }

    @Test("A suffix needs something before its dot")
    func bareSuffix() {
        #expect(service(".example", "/") == 0)
        #expect(service("example", "/") == 0)
    }

    @Test("An empty path is the root, and an empty host is only everybody's")
    func empty() {
        #expect(service("shop.example", "") == 1)
        #expect(service("", "/") == 0)
        let exact = RouteTable([ServiceRoute(hosts: ["a.example"], paths: ["/"])])
        let nothing: [UInt8] = []
        #expect(exact.service(host: nothing.span.octets, path: nothing.span.octets) == nil)
    }
}
