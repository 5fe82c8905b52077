import Foundation
import Kernel
import Testing

@testable import SharedDatabase

@Suite("Messages longer than a datagram", .timeLimit(.minutes(1)))
struct DatabaseMessagesTests {
    private func octets(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    static let step = DatabaseMessages.partBytesMax - DatabaseMessages.headerBytes

    @Test(
        "What is cut at any length is put together again",
        arguments: [
            (1, 1), (DatabaseMessagesTests.step - 1, 1), (DatabaseMessagesTests.step, 1),
            (DatabaseMessagesTests.step + 1, 2), (3 * DatabaseMessagesTests.step, 3),
            (DatabaseMessages.messageBytesMax, 257),
        ])
    func roundTrip(count: Int, parts: Int) {
        let message = octets(count)
        let pieces = DatabaseMessages.parts(number: 5, message)
        #expect(pieces.count == parts)
        #expect(pieces.allSatisfy { $0.count <= DatabaseMessages.partBytesMax })
        var assembly = DatabaseMessages.Assembly()
        for piece in pieces.dropLast() { #expect(assembly.add(piece) == nil) }
        let whole = assembly.add(pieces[parts - 1])
        #expect(whole?.number == 5)
        #expect(whole?.octets == message)
    }

    @Test("Parts that do not follow one another make no message, and the next whole one does")
    func broken() {
        let first = DatabaseMessages.parts(number: 1, octets(3 * Self.step))
        let second = DatabaseMessages.parts(number: 2, octets(2 * Self.step))
        for parts in [
            [first[1], first[2]], [first[0], first[2]], [first[0], second[1]],
            [first[0], first[1], second[1]], [[], [0], Array(first[0].prefix(16))],
            [Array(repeating: 0xff, count: 40)],
        ] {
            var assembly = DatabaseMessages.Assembly()
            for part in parts { #expect(assembly.add(part) == nil) }
            #expect(assembly.add(second[0]) == nil)
            #expect(assembly.add(second[1])?.number == 2)
        }
    }

    @Test("A length past the limit is no message")
    func pastTheLimit() {
        var part = DatabaseMessages.parts(number: 1, octets(10))[0]
        part.replaceSubrange(8..<12, with: [0x01, 0x00, 0x00, 0x01])
        var assembly = DatabaseMessages.Assembly()
        #expect(assembly.add(part) == nil)
    }

    @Test("Sixteen MiB pass a real channel, whose buffer is far smaller")
    func channel() throws {
        let pair = try Socket.messagePair("test.pair").release()
        let near = Descriptor(owning: pair.first)
        let far = pair.second
        let message = octets(DatabaseMessages.messageBytesMax)
        let soon = Instant.now.advanced(byNanoseconds: 30_000_000_000)
        Thread.detachNewThread {
            let end = Descriptor(owning: far)
            do {
                try DatabaseMessages.send(
                    "test.send", to: end.number, number: 9, message, until: soon)
            } catch {
                Issue.record("not sent: \(error)")
            }
        }
        let whole = try DatabaseMessages.receive("test.receive", from: near.number, until: soon)
        #expect(whole?.octets == message)
        #expect(try DatabaseMessages.receive("test.receive", from: near.number, until: soon) == nil)
    }
}
