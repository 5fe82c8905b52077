public import Control
internal import Foundation

/// Speaks to the controller at one socket.
public struct ControlClient: Sendable {
    public let socket: String
    /// For everything but operations and the event stream. A check probes targets and reads the
    /// database, which may take seconds.
    public var limit = TimeSpan.seconds(30)

    /// No document of the controller comes near.
    private static let documentBytesMax = 64 << 20

    public init(socket: String) { self.socket = socket }

    /// A whole answer as it came.
    public struct Document: Equatable, Sendable {
        public let octets: [UInt8]

        public var text: String { String(decoding: octets, as: UTF8.self) }

        public func decode<Value: Decodable>(_ type: Value.Type) throws(ControlFailure) -> Value {
            do {
                return try ControlJSON.decode(type, from: Data(octets))
            } catch {
                throw .broken("the controller's answer cannot be read: \(error)")
            }
        }
    }

    /// Asks for a document. Throws the controller's problem where it says no.
    public func document(_ request: ControlRequest) throws(ControlFailure) -> Document {
        var call = try ControlCall.open(request, to: socket, limit: limit)
        return try Self.rest(&call, head: Self.head(&call))
    }

    /// The same without looking at signals, which are somebody else's to read.
    func quietDocument(
        _ request: ControlRequest, limit: TimeSpan
    ) throws(ControlFailure) -> Document {
        var call = try ControlCall.open(request, to: socket, limit: limit, signals: [])
        return try Self.rest(&call, head: Self.head(&call))
    }

    /// Asks for a stream of lines and hands each on as it comes. Throws the controller's problem
    /// where it says no at once. `line` returns whether it wants more.
    public func lines(
        _ request: ControlRequest, _ line: (String) throws(ControlFailure) -> Bool
    ) throws(ControlFailure) {
        var call = try ControlCall.open(request, to: socket, limit: nil)
        let head = try Self.head(&call)
        guard head.status < 300 else {
            _ = try Self.rest(&call, head: head)
            return
        }
        var partial: [UInt8] = []
        while case .body(let piece) = try call.next() {
            partial += piece
            guard partial.count <= Self.documentBytesMax else {
                throw .broken("a line of the stream is too long")
            }
            while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
                let text = String(decoding: partial[..<end], as: UTF8.self)
                partial.removeFirst(end + 1)
                if !text.isEmpty, try !line(text) { return }
            }
        }
        if !partial.isEmpty { _ = try line(String(decoding: partial, as: UTF8.self)) }
    }

    static func head(_ call: inout ControlCall) throws(ControlFailure) -> ResponseHead {
        guard case .head(let head) = try call.next() else {
            throw .broken("no HTTP answer")
        }
        return head
    }

    /// The body of an answer; throws where its status says no.
    static func rest(
        _ call: inout ControlCall, head: ResponseHead
    ) throws(ControlFailure) -> Document {
        var octets: [UInt8] = []
        while case .body(let piece) = try call.next() {
            octets += piece
            guard octets.count <= documentBytesMax else { throw .broken("the answer is too long") }
        }
        let document = Document(octets: octets)
        guard head.status >= 300 else { return document }
        guard head.mediaType == MediaType.problem else {
            throw .broken("the controller answered \(head.status): \(document.text.prefix(500))")
        }
        throw .problem(try document.decode(Problem.self))
    }

    /// A body for `ControlRequest`.
    public static func body(_ value: some Encodable) throws(ControlFailure) -> [UInt8] {
        do {
            return Array(try ControlJSON.encode(value))
        } catch {
            throw .broken("the request cannot be written: \(error)")
        }
    }

    /// A name as one segment of a path or a value of a query (RFC 3986 section 2.3).
    public static func encoded(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(octet))
            case _:
                text += "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }
    }
}
