import Foundation
import Kernel

/// Ports that nobody listens on: the kernel chooses, we close, and whoever starts on it tries
/// again with another where somebody was faster.
enum FreePort {
    struct NoPort: Error {}

    static func next(host: String = "127.0.0.1") throws -> UInt16 {
        guard let any = SocketAddress(host: host, port: 0) else { throw NoPort() }
        let socket = try Socket.listen("test.port", on: any, backlog: 1)
        guard let port = Socket.localAddress(socket.number)?.port else { throw NoPort() }
        return port
    }

    /// For an app that comes back to its port: below those that the kernel gives to connections
    /// that go out, one of which would have it meanwhile. Drawn, since other runs draw too.
    static func lasting<Listening>(_ listen: (UInt16) throws -> Listening) throws -> Listening {
        let range = FileManager.default.contents(atPath: "/proc/sys/net/ipv4/ip_local_port_range")
        let first = range.flatMap {
            UInt16(String(decoding: $0, as: UTF8.self).prefix { $0.isNumber })
        }
        guard let first, first > 12_000 else { throw NoPort() }
        for _ in 0..<1_000 {
            do {
                return try listen(UInt16.random(in: 10_000..<first))
            } catch let error as SystemError where error.errno == .addressInUse {
                continue
            }
        }
        throw NoPort()
    }
}
