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
}
