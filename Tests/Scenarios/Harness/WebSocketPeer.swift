/// As much of RFC 6455 as an echo needs: one text message a frame.
enum WebSocketPeer {
    // The key and its answer are the example of RFC 6455 section 1.3.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]

    private enum Code {
        static let text: UInt8 = 1
        static let close: UInt8 = 8
    }

    static func request(_ path: String) -> String {
        RawConnection.request(
            "GET", path,
            [
                "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: \(key)",
            ])
    }

    /// The client's side of the handshake.
    static func open(_ path: String, on connection: RawConnection) throws {
        try connection.send(request(path))
        let answer = try connection.readHead()
        guard answer.status == 101, answer["sec-websocket-accept"] == accept,
            answer["upgrade"]?.lowercased() == "websocket"
        else { throw RawConnection.Failure.notHTTP(answer.startLine) }
    }

    /// The app's side of the handshake.
    static func accept(_ request: Message, on connection: RawConnection) throws {
        guard request["upgrade"]?.lowercased() == "websocket",
            request["connection"]?.lowercased() == "upgrade",
            request["sec-websocket-key"] == key
        else { throw RawConnection.Failure.notHTTP(request.startLine) }
        try connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: \(accept)\r\n\r\n")
    }

    /// A client masks what it sends (RFC 6455 section 5.3).
    static func send(_ text: String, isMasked: Bool, on connection: RawConnection) throws {
        try connection.send(frame(Code.text, Array(text.utf8), isMasked: isMasked))
    }

    static func sendClose(isMasked: Bool, on connection: RawConnection) throws {
        try connection.send(frame(Code.close, [0x03, 0xe8], isMasked: isMasked))
    }

    /// The next message; nil: the peer closes.
    static func readText(from connection: RawConnection) throws -> String? {
        let frame = try readFrame(from: connection)
        return frame.code == Code.close ? nil : String(decoding: frame.payload, as: UTF8.self)
    }

    /// The status of the close frame that has to come next.
    static func readCloseStatus(from connection: RawConnection) throws -> Int {
        let frame = try readFrame(from: connection)
        guard frame.code == Code.close, frame.payload.count >= 2 else {
            throw RawConnection.Failure.notHTTP("no close frame")
        }
        return Int(frame.payload[0]) << 8 | Int(frame.payload[1])
    }

    private static func readFrame(
        from connection: RawConnection
    ) throws -> (code: UInt8, payload: [UInt8]) {
        let head = try connection.read(count: 2)
        var count = Int(head[1] & 0x7f)
        if count == 126 {
            let wide = try connection.read(count: 2)
            count = Int(wide[0]) << 8 | Int(wide[1])
        }
        let mask = head[1] & 0x80 == 0 ? [0, 0, 0, 0] : try connection.read(count: 4)
        let octets = try connection.read(count: count)
        return (head[0] & 0x0f, masked(octets, mask))
    }

    /// At most 65 535 octets.
    private static func frame(_ code: UInt8, _ payload: [UInt8], isMasked: Bool) -> [UInt8] {
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        let count = payload.count
        let length =
            count < 126
            ? [maskBit | UInt8(count)]
            : [maskBit | 126, UInt8(truncatingIfNeeded: count >> 8), UInt8(count & 0xff)]
        let body = isMasked ? mask + masked(payload, mask) : payload
        return [0x80 | code] + length + body
    }

    private static func masked(_ octets: [UInt8], _ mask: [UInt8]) -> [UInt8] {
        octets.enumerated().map { $0.element ^ mask[$0.offset & 3] }
    }
}
