import Board
import Control
import Foundation
import Kernel
import Logging
import Settings
import SharedDatabase
import Synchronization
import Testing

@testable import Controller

/// An app of one color: answers every probe, with what a test tells it to.
final class App: Sendable {
    let address: SocketAddress
    private let core: Core

    /// What the app's thread works with; it ends when the app is given up.
    private final class Core: Sendable {
        let listener: Descriptor
        let answer = Mutex("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let isOver = Mutex(false)

        init(_ listener: consuming Descriptor) { self.listener = listener }

        func serve() {
            while !isOver.withLock({ $0 }) {
                guard
                    Waiting.wait(
                        .readable, of: listener.number,
                        until: .now.advanced(byNanoseconds: 50_000_000)),
                    case .connection(let connection, _) = Socket.accept(
                        "test.accept", from: listener.number)
                else { continue }
                _ = Waiting.wait(
                    .readable, of: connection.number,
                    until: .now.advanced(byNanoseconds: 1_000_000_000))
                var request: [UInt8] = []
                _ = Socket.receive(
                    "test.receive", from: connection.number, appendingTo: &request,
                    bytesMax: 4_096)
                let octets = Array(answer.withLock { $0 }.utf8)
                _ = Socket.send("test.send", to: connection.number, octets[...])
            }
        }
    }

    init() throws {
        let listener = try Socket.listen(
            "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 64)
        address = try #require(Socket.localAddress(listener.number))
        let core = Core(listener)
        self.core = core
        Thread.detachNewThread { core.serve() }
    }

    deinit { core.isOver.withLock { $0 = true } }

    func becomeUnhealthy() {
        core.answer.withLock { $0 = "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n" }
    }

    func state(_ migration: String) {
        let body = #"{"status":"Healthy","migration":"\#(migration)"}"#
        core.answer.withLock {
            $0 = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
    }
}

/// A controller with everything around it but the processes: a real board, a real socket, a real
/// journal, and this test in the place of supervisor, workers and database.
final class Bench: Sendable {
    let board: Board
    let blue: App
    let green: App
    let socket: String
    let state: String
    private let settings: Settings
    private let supervisor: MessageChannel
    private let job: MessageChannel
    private let queries: MessageChannel
    private let ends: (supervisor: ChannelEnd, worker: WorkerEnd, job: ChannelEnd)
    private let running = Mutex<Task<Void, any Error>?>(nil)

    init(_ change: (inout ServiceSettings) -> Void = { _ in }) throws {
        let folder = "/tmp/bascule-\(UUID().uuidString.prefix(8))"
        socket = folder + "/control.sock"
        state = folder + "/state"
        let created = try Board.create(BoardShape(services: 1, slots: 1))
        board = created.board
        blue = try App()
        green = try App()
        var service = ServiceSettings(
            name: "web",
            blue: ColorSettings(targets: [try #require(TargetAddress("\(blue.address)"))]),
            green: ColorSettings(targets: [try #require(TargetAddress("\(green.address)"))]),
            initial: .blue)
        service.health.interval = .milliseconds(100)
        service.switchover.watch = .zero
        change(&service)
        var settings = Settings(listen: [], services: [service])
        settings.state = state
        settings.control.socket = socket
        self.settings = settings
        let supervisorPair = try Socket.messagePair("test.pair").release()
        let jobPair = try Socket.messagePair("test.pair").release()
        let queryPair = try Socket.messagePair("test.pair").release()
        supervisor = MessageChannel(Descriptor(owning: supervisorPair.first))
        job = MessageChannel(Descriptor(owning: jobPair.first))
        queries = MessageChannel(Descriptor(owning: queryPair.first))
        ends = (
            ChannelEnd(Descriptor(owning: supervisorPair.second)),
            WorkerEnd(
                wake: try EventCounter("test.wake").intoDescriptor(),
                queries: Descriptor(owning: queryPair.second)),
            ChannelEnd(Descriptor(owning: jobPair.second))
        )
        board.claim(slot: 0, pid: 4_711, generation: 1)
        board.setStage(slot: 0, .accepting)
    }

    /// Starts the controller and returns when it says that it is ready.
    func start() async throws {
        let context = ControllerContext(
            settings: settings, facts: .init(configuration: "{}", certificates: [], anchors: [""]),
            version: "0.0.0", board: board,
            supervisor: ends.supervisor, workers: [ends.worker], jobs: [ends.job], admin: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            watchesSchema: false)
        running.withLock { running in
            running = Task { try await Controller.run(context) }
        }
        #expect(try await said() == "ready")
    }

    func stop() async throws {
        let task = running.withLock { running in
            let task = running
            running = nil
            return task
        }
        task?.cancel()
        try await task?.value
    }

    /// The next message of the controller to the supervisor.
    func said() async throws -> String? {
        try await eventually { self.supervisor.receive("test.receive") }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func tell(_ text: String) { supervisor.send("test.send", text) }

    /// Plays the role `database` for one request.
    func answerGate(_ verdict: GateVerdict) async throws {
        #expect(try await said() == "database 0")
        let ready = [UInt8](try JSONEncoder().encode(DatabaseNotice.working))
        for part in DatabaseMessages.parts(number: DatabaseMessages.unasked, ready) {
            job.send("test.send", part)
        }
        var assembly = DatabaseMessages.Assembly()
        let part = try #require(try await eventually { self.job.receive("test.receive") })
        let whole = assembly.add(part)
        let request = try #require(whole)
        _ = try JSONDecoder().decode(DatabaseRequest.self, from: Data(request.octets))
        let answer = DatabaseAnswer.gate(
            answer: GateAnswer(GateJudgement(verdict, saw: "this", expected: "that")))
        let octets = [UInt8](try JSONEncoder().encode(answer))
        for part in DatabaseMessages.parts(number: request.number, octets) {
            job.send("test.send", part)
        }
        tell("database-ended 0 exit code 0")
    }

    /// Plays the worker for one question, with this JSON.
    func answerRequests(_ json: String) async throws {
        let question = try #require(
            try await eventually { self.queries.receive("test.receive") })
        let words = String(decoding: question, as: UTF8.self).split(separator: " ")
        try #require(words.count == 3)
        queries.send("test.send", "\(words[1]) \(json)")
        queries.send("test.send", "\(words[1]) end")
    }

    /// Asks until there is an answer, five seconds at the most.
    func eventually<Value: Sendable>(
        _ look: @Sendable () -> Value?
    ) async throws -> Value? {
        for _ in 0..<5_000 {
            if let value = look() { return value }
            try await Task.sleep(for: .milliseconds(1))
        }
        return nil
    }

    // MARK: The API

    struct Answer {
        let status: Int
        let type: String
        let body: Data

        func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try ControlJSON.decode(type, from: body)
        }

        var events: [Event] {
            get throws {
                try body.split(separator: 10).map { try ControlJSON.decode(Event.self, from: $0) }
            }
        }

        /// The last event, which ends an operation.
        var last: Event {
            get throws { try #require(try events.last) }
        }
    }

    func get(_ path: String) async throws -> Answer { try await ask("GET", path, "") }

    func post(_ path: String, _ body: String = "") async throws -> Answer {
        try await ask("POST", path, body)
    }

    private func ask(_ method: String, _ path: String, _ body: String) async throws -> Answer {
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: bascule\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let address = SocketAddress.unix(path: socket)
        return try await OwnThread.run {
            Result {
                let connection = try Socket.connect("test.connect", to: address)
                _ = Socket.send("test.send", to: connection.number, Array(request.utf8)[...])
                var octets: [UInt8] = []
                let deadline = Instant.now.advanced(byNanoseconds: 20_000_000_000)
                while Waiting.wait(.readable, of: connection.number, until: deadline) {
                    let transfer = Socket.receive(
                        "test.receive", from: connection.number, appendingTo: &octets,
                        bytesMax: 65_536)
                    if case .wouldBlock = transfer { continue }
                    guard case .moved = transfer else { break }
                }
                return try Self.parse(Data(octets))
            }
        }.get()
    }

    private static func parse(_ data: Data) throws -> Answer {
        let end = try #require(data.range(of: Data("\r\n\r\n".utf8)))
        let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let status = try #require(Int(lines[0].split(separator: " ")[1]))
        let type = lines.first { $0.lowercased().hasPrefix("content-type: ") }?.dropFirst(14)
        var body = Data(data[end.upperBound...])
        if lines.contains(where: { $0.lowercased() == "transfer-encoding: chunked" }) {
            body = try unchunked(body)
        }
        return Answer(status: status, type: String(type ?? ""), body: body)
    }

    private static func unchunked(_ data: Data) throws -> Data {
        var rest = data
        var whole = Data()
        while let line = rest.range(of: Data("\r\n".utf8)) {
            let size = try #require(
                Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16))
            if size == 0 { break }
            whole += rest[line.upperBound..<line.upperBound + size]
            rest = rest[(line.upperBound + size + 2)...]
        }
        return whole
    }
}
