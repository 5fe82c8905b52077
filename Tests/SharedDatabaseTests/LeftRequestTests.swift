import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("A request that a process left unread", .timeLimit(.minutes(1)))
struct LeftRequestTests {
    private func send(_ numbers: [UInt32], on socket: CInt) throws {
        let request = DatabaseRequest.gate(request: GateRequest(stated: .notAsked))
        for number in numbers {
            try DatabaseMessages.send(
                "test.send", to: socket, number: number, [UInt8](JSONEncoder().encode(request)),
                until: .now.advanced(byNanoseconds: 5_000_000_000))
        }
    }

    private func answer(on socket: CInt) throws -> UInt32? {
        try DatabaseMessages.receive(
            "test.receive", from: socket,
            until: .now.advanced(byNanoseconds: 5_000_000_000))?.number
    }

    @Test("The newest is answered, whatever stands before it")
    func newest() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(GateTests.ids), path: scratch.path)
        let pair = try Socket.messagePair("test.pair")
        try send([7, 8, 9], on: pair.first.number)
        try DatabaseRole.run(channel: pair.second, path: scratch.path)
        #expect(try answer(on: pair.first.number) == 9)
        #expect(!Waiting.wait(.readable, of: pair.first.number, until: .now))
    }

    @Test("The parts of one that was read in part are passed over")
    func parts() throws {
        let scratch = try Scratch()
        try Python.run(efDatabase(GateTests.ids), path: scratch.path)
        let pair = try Socket.messagePair("test.pair")
        let long = [UInt8](repeating: 0x20, count: DatabaseMessages.partBytesMax + 1)
        let rest = DatabaseMessages.parts(number: 4, long)[1]
        try Message.send(
            "test.send", to: pair.first.number, rest,
            until: .now.advanced(byNanoseconds: 5_000_000_000))
        try send([5], on: pair.first.number)
        try DatabaseRole.run(channel: pair.second, path: scratch.path)
        #expect(try answer(on: pair.first.number) == 5)
    }
}
