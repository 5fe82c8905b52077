import Bytes
import Kernel

/// How much of an answer is read at once: a block, or much more where content comes faster than
/// blocks are read. Most of what a large answer costs is TCP's work for each write, not the octets.
extension Worker {
    /// Less than this in a large read, and the next one is small again.
    private static let muchBytes = 2 * BufferPool.blockBytes

    /// Octets that may be read now; nil where the buffer cannot hold more.
    mutating func makeRoomForAnswer(_ handle: Handle) -> Int? {
        let room = largeRoom(handle)
        if room > BufferPool.blockBytes {
            upstreams[handle].input.attachLarge(&core.pool)
            return room
        }
        upstreams[handle].input.attach(&core.pool)
        return upstreams[handle].input.makeRoom(atLeast: 1) ? BufferPool.blockBytes : nil
    }

    /// No more than may be kept of the answer, should its client take nothing of it.
    private func largeRoom(_ handle: Handle) -> Int {
        guard upstreams[handle].readsMuch, upstreams[handle].input.isEmpty,
            case .body = upstreams[handle].stage
        else { return 0 }
        guard let client = upstreams[handle].client else { return BufferPool.largeBytes }
        return min(BufferPool.largeBytes, answerMax(client) - clients[client].output.count)
    }

    /// After a read and what came of it. True where another read is worth its call in this turn:
    /// after a large one others have theirs first.
    mutating func noteRead(_ handle: Handle, _ count: Int, of room: Int) -> Bool {
        upstreams[handle].input.settle(to: &core.pool)
        guard room > BufferPool.blockBytes else {
            upstreams[handle].readsMuch = count == room
            return count == room
        }
        upstreams[handle].readsMuch = count >= Self.muchBytes
        return false
    }
}
