internal import Control
internal import Kernel

/// One request to the controller on a connection of its own, answered piece by piece.
///
/// It blocks, since the command line has nothing else to do; every wait ends at the deadline or at
/// SIGINT.
struct ControlCall: ~Copyable {
    private enum Token {
        static let socket: UInt64 = 0
        static let signals: UInt64 = 1
    }

    let path: String
    private let limit: TimeSpan?
    private let deadline: Instant
    private let socket: Descriptor
    private let signals: SignalReader
    private var poller: Poller
    private var reader = ResponseReader()

    /// Connects and sends. `limit` of nil waits for ever: operations say themselves when they end.
    /// `signals`: what else is waited for; SIGINT alone ends a plain call.
    static func open(
        _ request: ControlRequest, to path: String, limit: TimeSpan?,
        signals wanted: [Signal] = [.interrupt]
    ) throws(ControlFailure) -> ControlCall {
        guard let address = SocketAddress("unix:\(path)") else { throw .unusable(socket: path) }
        var call: ControlCall
        do {
            let signals = try SignalReader("command.signals", wanted)
            let poller = try Poller("command.poll", batch: 2)
            let socket = try connect(address)
            call = ControlCall(path, limit, consume socket, consume signals, consume poller)
        } catch {
            throw failure(error, path)
        }
        try call.watch()
        if try call.send(request.octets[...], until: call.deadline), let file = request.file {
            try call.send(file)
        }
        return call
    }

    private init(
        _ path: String, _ limit: TimeSpan?, _ socket: consuming Descriptor,
        _ signals: consuming SignalReader, _ poller: consuming Poller
    ) {
        self.path = path
        self.limit = limit
        deadline = limit.map { Instant.now.advanced(byNanoseconds: $0.nanoseconds) } ?? .never
        self.socket = socket
        self.signals = signals
        self.poller = poller
    }

    private func watch() throws(ControlFailure) {
        for (descriptor, token) in [
            (socket.number, Token.socket), (signals.descriptor.number, Token.signals),
        ] {
            if let errno = poller.add(descriptor, .readable, token: token) {
                throw .broken("command.poll: \(errno.message)")
            }
        }
    }

    /// A queue that is full for a moment answers EAGAIN to a socket that does not block (unix(7)).
    private static func connect(_ address: SocketAddress) throws(SystemError) -> Descriptor {
        for _ in 0..<100 {
            do {
                return try Socket.connect("command.connect", to: address)
            } catch  where error.errno == .wouldBlock {
                ThisProcess.pause(milliseconds: 20)
            }
        }
        return try Socket.connect("command.connect", to: address)
    }

    private static func failure(_ error: SystemError, _ path: String) -> ControlFailure {
        switch error.errno {
        case .noSuchFile, .connectionRefused, .wouldBlock:
            .noController(socket: path, error.errno)
        case .permissionDenied, .notPermitted: .notPermitted(socket: path)
        case _: .broken(error.description)
        }
    }

    /// False where no more is wanted: there is an answer already, or the controller has closed.
    private mutating func send(
        _ octets: ArraySlice<UInt8>, until moment: Instant
    ) throws(ControlFailure) -> Bool {
        var rest = octets
        while !rest.isEmpty {
            switch Socket.send("command.send", to: socket.number, rest) {
            case .moved(let count): rest = rest.dropFirst(count)
            case .wouldBlock:
                switch try wait(for: [.readable, .writable], orAt: moment) {
                case .ready(let isAnswered): if isAnswered { return false }
                case .signal: throw .interrupted
                case .time: throw .silent(socket: path, limit ?? Self.takingLimit)
                }
            case .end, .failed:
                // The controller may have answered before it closed: a refusal is read below.
                return false
            }
        }
        return true
    }

    /// For the controller to take a piece of a file: its disk may be busy.
    private static let takingLimit = TimeSpan.seconds(90)

    /// As many octets as were announced. A file that has fewer by now breaks it off, which the
    /// controller notices.
    private mutating func send(_ file: SentFile) throws(ControlFailure) {
        var left = file.bytes
        do {
            try Files.readPieces("command.file", file.path) { piece in
                guard left > 0 else { return }
                let end = Instant.now.advanced(byNanoseconds: Self.takingLimit.nanoseconds)
                left -= piece.count
                guard try send(piece.prefix(left + piece.count), until: end) else { throw Enough() }
            }
        } catch is Enough {
            return
        } catch let failure as ControlFailure {
            throw failure
        } catch {
            throw .broken("\(file.path) cannot be read: \(error)")
        }
        guard left <= 0 else { throw .broken("\(file.path) became shorter while it was read") }
    }

    /// The controller has said what it has to say.
    private struct Enough: Error {}

    /// What a call that does something else meanwhile waits for.
    enum Happening {
        case part(ResponseReader.Part)
        case signal(Signal)
        /// The moment has come that was waited for.
        case time
    }

    /// The next part of the answer: `head`, `body` or `end`.
    mutating func next() throws(ControlFailure) -> ResponseReader.Part {
        while true {
            switch try next(orAt: .never) {
            case .part(let part): return part
            case .signal: throw .interrupted
            case .time: throw .silent(socket: path, limit ?? .zero)
            }
        }
    }

    /// The same, or a signal, or the moment.
    mutating func next(orAt moment: Instant) throws(ControlFailure) -> Happening {
        while true {
            switch reader.next() {
            case .more:
                switch try wait(for: .readable, orAt: min(moment, deadline)) {
                case .ready: try receive()
                case .signal(let signal): return .signal(signal)
                case .time: return .time
                }
            case .malformed(let what): throw .broken("\(path): \(what)")
            case let part: return .part(part)
            }
        }
    }

    private mutating func receive() throws(ControlFailure) {
        var octets: [UInt8] = []
        switch Socket.receive(
            "command.receive", from: socket.number, appendingTo: &octets, bytesMax: 16_384)
        {
        case .moved: reader.feed(octets)
        case .end: reader.close()
        case .wouldBlock: break
        case .failed(let errno): throw .broken("\(path): \(errno.message)")
        }
    }

    private enum Wake {
        case ready(isReadable: Bool)
        case signal(Signal)
        case time
    }

    private mutating func wait(
        for interest: Poller.Interest, orAt moment: Instant
    ) throws(ControlFailure) -> Wake {
        if let errno = poller.change(socket.number, interest, token: Token.socket) {
            throw .broken("command.poll: \(errno.message)")
        }
        while true {
            let now = Instant.now
            guard now < moment else { return .time }
            let left = moment == .never ? nil : moment.nanoseconds(since: now) / 1_000_000 + 1
            for index in 0..<poller.wait(milliseconds: left.map { Int(clamping: $0) }) {
                if poller[index].token == Token.socket {
                    return .ready(isReadable: poller[index].isReadable)
                }
                if let signal = signals.next() { return .signal(signal) }
            }
        }
    }
}

/// What is asked.
public struct ControlRequest: Equatable, Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    public let method: Method
    /// Path and query, encoded.
    public let target: String
    /// JSON; empty with GET.
    public let body: [UInt8]
    /// Sent behind the body.
    public let file: SentFile?

    public init(_ method: Method, _ target: String, body: [UInt8] = [], file: SentFile? = nil) {
        self.method = method
        self.target = target
        self.body = body
        self.file = file
    }

    /// As it is sent (RFC 9112).
    var octets: [UInt8] {
        var head =
            "\(method.rawValue) \(target) HTTP/1.1\r\nHost: bascule\r\n"
            + "User-Agent: bascule/\(BasculeVersion.current)\r\nConnection: close\r\n"
        if method == .post {
            let type = file == nil ? MediaType.json : MediaType.backup
            let length = body.count + (file.map { $0.bytes + 1 } ?? 0)
            head += "Content-Type: \(type)\r\nContent-Length: \(length)\r\n"
        }
        let line = file == nil ? body : body + [UInt8(ascii: "\n")]
        return Array((head + "\r\n").utf8) + line
    }
}

/// A file that goes with a request.
public struct SentFile: Equatable, Sendable {
    public let path: String
    public let bytes: Int

    public init(path: String, bytes: Int) {
        self.path = path
        self.bytes = bytes
    }
}
