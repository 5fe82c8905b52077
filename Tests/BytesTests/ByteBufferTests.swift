import Kernel
import Testing

@testable import Bytes

extension ByteBuffer {
    var text: String {
        var octets: [UInt8] = []
        for at in 0..<count { octets.append(bytes[octet: at]) }
        return String(decoding: octets, as: UTF8.self)
    }
}

@Suite("Byte buffers")
struct ByteBufferTests {
    @Test("Octets come out in the order they went in")
    func order() {
        var buffer = ByteBuffer()
        buffer.append("GET ")
        buffer.append(UInt8(ascii: "/"))
        buffer.append([UInt8]("abc".utf8).span.octets)
        buffer.append(utf8: "é")
        #expect(buffer.text == "GET /abcé")
        buffer.consume(4)
        #expect(buffer.text == "/abcé")
        buffer.truncate(to: 2)
        #expect(buffer.text == "/a")
    }

    @Test(
        "Numbers are written without leading zeros, or as wide as asked for",
        arguments: [
            (UInt64(0), "0", "0", "0000"), (9, "9", "9", "0009"),
            (65_536, "65536", "10000", "10000"),
            (.max, "18446744073709551615", "ffffffffffffffff", "ffffffffffffffff"),
        ])
    func numbers(number: UInt64, decimal: String, hexadecimal: String, wide: String) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(buffer.text == decimal)
        buffer.removeAll()
        buffer.append(hexadecimal: number)
        #expect(buffer.text == hexadecimal)
        buffer.removeAll()
        buffer.append(hexadecimal: number, width: 4)
        #expect(buffer.text == wide)
    }

    @Test("A buffer filled to its bound holds everything, one octet more is left out and noted")
    func bound() {
        var buffer = ByteBuffer(bytesMax: 20_000)
        let block = [UInt8](repeating: 7, count: 10_000)
        buffer.append(block.span.octets)
        buffer.append(block.span.octets)
        #expect(buffer.count == 20_000)
        #expect(buffer.hasOverflowed == false)
        buffer.append(7)
        #expect(buffer.count == 20_000)
        #expect(buffer.hasOverflowed == true)
        #expect(buffer.makeRoom(atLeast: 1) == false)
        buffer.consume(1)
        #expect(buffer.makeRoom(atLeast: 1) == true)
        #expect(buffer.makeRoom(atLeast: 2) == false)
    }

    @Test("Room is offered up to what was asked for, and what was moved is kept")
    func receive() {
        var buffer = ByteBuffer()
        #expect(buffer.makeRoom(atLeast: 1) == true)
        let transfer = buffer.receive(atMost: 3) { room in
            room.storeBytes(of: 0x61, toByteOffset: 0, as: UInt8.self)
            return room.byteCount == 3 ? .moved(1) : .end
        }
        #expect(transfer == .moved(1))
        #expect(buffer.text == "a")
        #expect(buffer.receive { _ in .wouldBlock } == .wouldBlock)
        #expect(buffer.text == "a")
    }

    @Test("What is unread is moved to the front before a buffer grows")
    func moving() {
        var buffer = ByteBuffer()
        buffer.append([UInt8](repeating: 1, count: BufferPool.blockBytes - 1).span.octets)
        buffer.append(2)
        buffer.consume(BufferPool.blockBytes - 1)
        buffer.append([3, 4].span.octets)
        #expect(buffer.capacity == BufferPool.blockBytes)
        #expect(buffer.count == 3)
        #expect(buffer.bytes[octet: 0] == 2)
        #expect(buffer.bytes[octet: 2] == 4)
    }

    @Test("An idle buffer holds no memory; its block serves the next one")
    func pool() {
        var pool = BufferPool(keptBlocksMax: 1)
        var first = ByteBuffer()
        var second = ByteBuffer()
        #expect(first.hasStorage == false)
        first.attach(&pool)
        second.attach(&pool)
        first.append(1)
        first.release(to: &pool)
        second.release(to: &pool)
        #expect(first.hasStorage == false)
        #expect(first.count == 0)
        #expect(pool.keptBlocks == 1)
        second.attach(&pool)
        #expect(pool.keptBlocks == 0)
        // Of another size than a block: given back to the system.
        second.append([UInt8](repeating: 0, count: 100_000).span.octets)
        second.release(to: &pool)
        #expect(pool.keptBlocks == 0)
    }
}

@Suite("Octets")
struct OctetTests {
    @Test("Comparing ignores the case of ASCII letters only")
    func comparing() {
        func same(_ octets: String, _ text: StaticString) -> Bool {
            [UInt8](octets.utf8).span.octets.equalsIgnoringCase(text)
        }
        func contains(_ octets: String, _ text: StaticString) -> Bool {
            [UInt8](octets.utf8).span.octets.containsToken(text)
        }
        #expect(same("Content-LENGTH", "content-length"))
        #expect(!same("content_length", "content-length"))
        #expect(!same("@", "`"))
        #expect(!same("[", "{"))
        #expect(contains("a, TEXT/html", "text/html"))
        #expect(!contains("text/htm", "text/html"))
    }

    @Test(
        "A decimal number is digits, and never wraps around",
        arguments: [
            ("0", UInt64?.some(0)), ("18446744073709551615", .max), ("007", 7), ("", nil),
            ("18446744073709551616", nil), ("99999999999999999999", nil), ("1a", nil), ("-1", nil),
        ])
    func decimal(text: String, value: UInt64?) {
        #expect([UInt8](text.utf8).span.octets.decimal() == value)
    }

    @Test("A decimal number at its bound is read, one above is not")
    func decimalBound() {
        #expect([UInt8]("255".utf8).span.octets.decimal(most: 255) == 255)
        #expect([UInt8]("256".utf8).span.octets.decimal(most: 255) == nil)
    }

    @Test("A range takes offsets of any size without trapping")
    func ranges() {
        #expect(ByteRange(5, 3).isEmpty)
        #expect(ByteRange(-1, .max) == ByteRange(0, Int(UInt32.max)))
    }
}
