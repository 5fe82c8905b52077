import Foundation
import Kernel
import Testing

@testable import LoadClient

/// A server of this test process: answers each request by a rule, on one thread.
private final class Server: Sendable {
    let address: SocketAddress
    private let listener: Descriptor

    enum Reply {
        case answer(String)
        /// Half of an answer, then the end.
        case half
        /// The answer, then an end that was not announced.
        case answerAndClose(String)
        case nothing
    }

    init(_ rule: @escaping @Sendable (String, Int) -> Reply) throws {
        listener = try Socket.listen(
            "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 16)
        address = try #require(Socket.localAddress(listener.number))
        Thread.detachNewThread { [self] in serve(rule) }
    }

    private func serve(_ rule: (String, Int) -> Reply) {
        var number = 0
        let stop = Instant.now.advanced(byNanoseconds: 20_000_000_000)
        while Instant.now < stop {
            guard
                case .connection(let socket, _) = Socket.accept(
                    "test.accept", from: listener.number)
            else {
                usleep(1_000)
                continue
            }
            connection: while Instant.now < stop {
                var octets: [UInt8] = []
                let transfer = Socket.receive(
                    "test.receive", from: socket.number, appendingTo: &octets, bytesMax: 16_384)
                switch transfer {
                case .moved:
                    number += 1
                    let text = String(decoding: octets, as: UTF8.self)
                    switch rule(text, number) {
                    case .answer(let body): send(body, to: socket.number)
                    case .answerAndClose(let body):
                        send(body, to: socket.number)
                        break connection
                    case .half:
                        _ = Socket.send(
                            "test.send", to: socket.number,
                            Array("HTTP/1.1 201 Created\r\nContent-Le".utf8)[...])
                        break connection
                    case .nothing: continue
                    }
                case .wouldBlock: usleep(500)
                case .end, .failed: break connection
                }
            }
        }
    }

    private func send(_ message: String, to socket: CInt) {
        _ = Socket.send("test.send", to: socket, Array(message.utf8)[...])
    }

    /// What the ledger would say.
    static func good(_ request: String) -> String {
        let words = request.split(separator: " ")
        if words[0] == "GET" {
            let id = words[1].split(separator: "/").last ?? ""
            return message("200 OK", #"{"id":"\#(id)"}"#)
        }
        let body = request.components(separatedBy: "\r\n\r\n").last ?? ""
        return message("201 Created", body)
    }

    static func message(_ status: String, _ body: String) -> String {
        "HTTP/1.1 \(status)\r\nX-Ledger-Color: green\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body
    }
}

@Suite("The load client tells what every request got", .timeLimit(.minutes(1)))
struct LoadTests {
    private func plan(_ server: Server, requests: Int) -> LoadPlan {
        var plan = LoadPlan(
            to: server.address, prefix: "t", connections: 1, restMilliseconds: 1,
            requestsMax: requests)
        plan.answerMilliseconds = 200
        return plan
    }

    @Test("Each creation is read back, and nothing is lost")
    func good() throws {
        let server = try Server { request, _ in .answer(Server.good(request)) }
        let report = try Load(plan(server, requests: 10)).wait()
        #expect(report.records.count == 10)
        #expect(report.failed.isEmpty)
        #expect(report.acknowledged.count == 5)
        #expect(Set(report.acknowledged).count == 5)
        #expect(report.connectionsMade == 1)
        #expect(report.lostConnections.isEmpty)
        #expect(report.records.allSatisfy { $0.color == "green" })
        #expect(report.answers(of: "green", everyMilliseconds: 100).reduce(0, +) == 10)
        #expect(report.records(of: report.acknowledged[0]).map(\.kind) == [.create, .read])
    }

    @Test("A half answer is a failure with its octets, and is not sent again")
    func half() throws {
        let server = try Server { request, number in
            number == 2 ? .half : .answer(Server.good(request))
        }
        let report = try Load(plan(server, requests: 4)).wait()
        #expect(report.records.count == 4)
        #expect(report.failed.map(\.outcome) == [.failed(.cut(nil, octets: 32))])
        #expect(report.lostConnections.map(\.wasBusy) == [true])
        #expect(report.connectionsMade == 2)
    }

    @Test("A connection that ends unannounced between two requests is told")
    func closed() throws {
        let server = try Server { request, number in
            number == 1 ? .answerAndClose(Server.good(request)) : .answer(Server.good(request))
        }
        var plan = plan(server, requests: 3)
        plan.restMilliseconds = 30
        let report = try Load(plan).wait()
        #expect(report.failed.isEmpty)
        #expect(report.lostConnections.map(\.wasBusy) == [false])
    }

    @Test("No answer in time, another status and another transaction are told apart")
    func others() throws {
        let server = try Server { request, number in
            switch number {
            case 1: .answer(Server.message("503 Service Unavailable", "{}"))
            case 2: .answer(Server.message("201 Created", #"{"id":"other"}"#))
            case 3: .nothing
            default: .answer(Server.good(request))
            }
        }
        let report = try Load(plan(server, requests: 4)).wait()
        #expect(
            report.records.map(\.outcome) == [
                .refused(status: 503, reason: ""), .wrongAnswer(body: #"{"id":"other"}"#),
                .failed(.timedOut), .acknowledged,
            ])
    }

    @Test("Nobody listening is a failure, and the load still ends when told")
    func nobody() throws {
        let listener = try Socket.listen(
            "test.listen", on: .ipv4(0x7f00_0001, port: 0), backlog: 1)
        let address = try #require(Socket.localAddress(listener.number))
        close(listener)
        let load = try Load(
            LoadPlan(to: address, prefix: "t", connections: 2, restMilliseconds: 1))
        while load.progress.failed < 3 { usleep(1_000) }
        let report = load.finish()
        #expect(report.acknowledged.isEmpty)
        #expect(report.failed.count >= 3)
    }

    private func close(_ listener: consuming Descriptor) {}
}
