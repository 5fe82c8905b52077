internal import Atomics

/// The keys that session tickets of TLS are sealed with: on the board, so that a client may come
/// back to any worker of any generation, and nowhere else, so that they end with it.
extension Board {
    /// Octets of one key.
    public static let ticketKeyBytes = 80
    /// The present one and the one before it: a ticket lives less long than two rotations.
    public static let ticketKeysMax = 2

    /// Moves whenever keys are written; 0 while there are none.
    @inline(__always)
    public var ticketVersion: UInt64 { word(Layout.ticketVersion).load(ordering: .acquiring) }

    /// Makes a key the present one. Only the controller calls this.
    public func rotate(ticketKey key: [UInt8]) {
        precondition(key.count == Self.ticketKeyBytes, "80 octets")
        let keys = [key] + ticketKeys.prefix(Self.ticketKeysMax - 1)
        // A sequence lock, as for the targets: odd while it is written.
        let writing = word(Layout.ticketVersion).load(ordering: .relaxed) | 1
        word(Layout.ticketVersion).store(writing, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        word(Layout.ticketCount).store(UInt64(keys.count), ordering: .relaxed)
        let octets = Array(keys.joined())
        for (index, start) in stride(from: 0, to: octets.count, by: 8).enumerated() {
            let value = octets[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) }
            word(Layout.ticketKeys + index).store(value, ordering: .relaxed)
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        word(Layout.ticketVersion).store(writing &+ 1, ordering: .sequentiallyConsistent)
    }

    /// The newest first; empty where none were made, or while they are being written.
    public var ticketKeys: [[UInt8]] {
        let before = ticketVersion
        guard before & 1 == 0 else { return [] }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        let count = word(Layout.ticketCount).load(ordering: .relaxed)
        let keys = (0..<Int(min(count, UInt64(Self.ticketKeysMax)))).map { key in
            (0..<Self.ticketKeyBytes).map { octet in
                let index = Layout.ticketKeys + (key * Self.ticketKeyBytes + octet) / 8
                let value = word(index).load(ordering: .relaxed)
                return UInt8(truncatingIfNeeded: value >> UInt64(56 - octet % 8 * 8))
            }
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return ticketVersion == before ? keys : []
    }
}
