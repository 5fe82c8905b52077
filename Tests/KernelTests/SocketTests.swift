import Testing

@testable import Kernel

@Suite("Sockets")
struct SocketTests {
    private func listener() throws -> Descriptor {
        try Socket.listen("test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 16)
    }

    @Test(
        "An address reads back as it is written",
        arguments: [
            "127.0.0.1:80", "0.0.0.0:443", "[::1]:8080", "[fe80::1]:1", "unix:/run/app.sock",
        ])
    func addressesRoundTrip(text: String) throws {
        #expect(try #require(SocketAddress(text)).description == text)
    }

    @Test("A port alone means every address of both families")
    func portAlone() {
        #expect(SocketAddress(":80") == .ipv6(0, 0, port: 80))
    }

    @Test(
        "What is no address is refused",
        arguments: [
            "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+80", "localhost:80",
            "::1:80", "[127.0.0.1]:80", "256.0.0.1:80", "unix:",
        ])
    func badAddresses(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test("A socket path of 107 octets is taken, one of 108 is not")
    func unixPathBound() {
        #expect(SocketAddress("unix:/" + String(repeating: "a", count: 106)) != nil)
        #expect(SocketAddress("unix:/" + String(repeating: "a", count: 107)) == nil)
    }

    @Test("Octets arrive as they were sent, in two parts and one call")
    func sendAndReceive() throws {
        let listening = try listener()
        let address = try #require(Socket.localAddress(listening.number))
        let client = try Socket.connect("test.connect", to: address)
        var poller = try Poller("test.poll")
        #expect(poller.add(listening.number, .readable, token: 7) == nil)
        #expect(poller.wait(milliseconds: 5_000) == 1)
        #expect(poller[0].token == 7 && poller[0].isReadable)
        guard
            case .connection(let server, let peer) = Socket.accept(
                "test.accept", from: listening.number)
        else {
            Issue.record("nothing was accepted")
            return
        }
        #expect(peer.host == "127.0.0.1")
        let first: [UInt8] = Array("GET ".utf8)
        let second: [UInt8] = Array("/".utf8)
        let sent = unsafe Socket.send(
            "test.send", to: client.number, first.span.bytes, second.span.bytes)
        #expect(sent == .moved(5))
        #expect(poller.add(server.number, .readable, token: 8) == nil)
        poller.remove(listening.number)
        #expect(poller.wait(milliseconds: 5_000) == 1)
        var buffer = [UInt8](repeating: 0, count: 64)
        var span = buffer.mutableSpan
        var room = unsafe span.mutableBytes
        #expect(
            Socket.receive("test.receive", from: server.number, into: &room) == .moved(5))
        #expect(buffer.prefix(5).elementsEqual("GET /".utf8))
    }

    @Test("Where nobody listens the connection is refused")
    func refused() throws {
        let listening = try listener()
        let address = try #require(Socket.localAddress(listening.number))
        _ = consume listening
        do {
            let socket = try Socket.connect("test.connect", to: address)
            var poller = try Poller("test.poll")
            #expect(poller.add(socket.number, .writable, token: 1) == nil)
            #expect(poller.wait(milliseconds: 5_000) == 1)
            #expect(Socket.pendingError(socket.number) == .connectionRefused)
        } catch {
            #expect(error.errno == .connectionRefused)
        }
    }

    @Test("A taken address is an error that names it")
    func taken() throws {
        let listening = try listener()
        let address = try #require(Socket.localAddress(listening.number))
        #expect(throws: SystemError("test.listen", .addressInUse, subject: "\(address)")) {
            _ = try Socket.listen("test.listen", on: address, backlog: 1)
        }
        #expect(listening.number >= 0)
    }

    @Test("Messages keep their boundaries, and nothing waits is nil")
    func messages() throws {
        let pair = try Socket.messagePair("test.pair").release()
        let one = MessageChannel(Descriptor(owning: pair.first))
        let other = MessageChannel(Descriptor(owning: pair.second))
        #expect(other.receive("test.receive") == nil)
        one.send("test.send", "ready")
        one.send("test.send", "stop")
        #expect(other.receive("test.receive") == Array("ready".utf8))
        #expect(other.receive("test.receive") == Array("stop".utf8))
        #expect(other.receive("test.receive") == nil)
    }
}
