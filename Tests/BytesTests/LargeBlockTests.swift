import Kernel
import Testing

@testable import Bytes

@Suite("Large blocks")
struct LargeBlockTests {
    /// Writes so many octets, counted up, as a read would.
    private func fill(_ buffer: inout ByteBuffer, _ count: Int) {
        let transfer = buffer.receive(atMost: count) { room in
            for index in 0..<count {
                room.storeBytes(
                    of: UInt8(truncatingIfNeeded: index), toByteOffset: index, as: UInt8.self)
            }
            return .moved(count)
        }
        #expect(transfer == .moved(count))
    }

    @Test("A block that was read out is given back, and the next connection gets the same")
    func reused() {
        var pool = BufferPool()
        var first = ByteBuffer()
        first.attach(&pool)
        first.attachLarge(&pool)
        let room = first.capacity
        #expect(room == BufferPool.largeBytes)
        let kept = pool.keptBlocks
        #expect(kept == 1)
        let block = unsafe first.base
        fill(&first, BufferPool.largeBytes)
        first.consume(BufferPool.largeBytes)
        first.settle(to: &pool)
        let firstHolds = first.hasStorage
        #expect(!firstHolds)
        var second = ByteBuffer()
        second.attachLarge(&pool)
        let again = unsafe second.base
        #expect(unsafe again == block)
        second.release(to: &pool)
        let secondHolds = second.hasStorage
        #expect(!secondHolds)
    }

    @Test(
        "What is left goes into a small block where it fits, and stays where it does not",
        arguments: [1, BufferPool.blockBytes, BufferPool.blockBytes + 1])
    func leftOver(_ left: Int) {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        buffer.attachLarge(&pool)
        fill(&buffer, BufferPool.largeBytes)
        buffer.consume(BufferPool.largeBytes - left)
        buffer.settle(to: &pool)
        let count = buffer.count
        #expect(count == left)
        let isSmall = left <= BufferPool.blockBytes
        let capacity = buffer.capacity
        #expect(capacity == (isSmall ? BufferPool.blockBytes : BufferPool.largeBytes))
        let span = buffer.bytes
        let last = UInt8(truncatingIfNeeded: BufferPool.largeBytes - 1)
        let ends = (span[octet: 0], span[octet: left - 1])
        #expect(ends.0 == UInt8(truncatingIfNeeded: BufferPool.largeBytes - left))
        #expect(ends.1 == last)
    }

    @Test("A small buffer is left alone")
    func small() {
        var pool = BufferPool()
        var buffer = ByteBuffer()
        buffer.attach(&pool)
        buffer.append("abc")
        buffer.settle(to: &pool)
        let count = buffer.count
        #expect(count == 3)
        let capacity = buffer.capacity
        #expect(capacity == BufferPool.blockBytes)
    }
}
