internal import Atomics

/// What a maintenance says to clients.
extension Board {
    /// Writes the text, before the phase that shows it. Only the controller calls this. What is
    /// beyond `BoardShape.noticeBytesMax` octets is left out, at a character's end.
    public func setNotice(_ text: String, service: Int) {
        let table = layout.service(service) + Layout.notice
        var octets: [UInt8] = []
        for character in text {
            let next = Array(String(character).utf8)
            guard octets.count + next.count <= BoardShape.noticeBytesMax else { break }
            octets += next
        }
        // A sequence lock, as with the targets: odd while it is written.
        let writing = word(table).load(ordering: .relaxed) | 1
        word(table).store(writing, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        word(table + 1).store(UInt64(octets.count), ordering: .relaxed)
        for (index, value) in Self.words(octets).enumerated() {
            word(table + 8 + index).store(value, ordering: .relaxed)
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        word(table).store(writing &+ 1, ordering: .sequentiallyConsistent)
    }

    /// nil where none is set, or where it is being written right now.
    public func notice(_ service: Int) -> String? {
        let table = layout.service(service) + Layout.notice
        // Bounded: a writer that died in the middle leaves the version odd for ever.
        for _ in 0..<100 {
            let before = word(table).load(ordering: .sequentiallyConsistent)
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            let count = min(
                Int(clamping: word(table + 1).load(ordering: .relaxed)),
                BoardShape.noticeBytesMax)
            let octets = (0..<count).map { index in
                UInt8(
                    truncatingIfNeeded: word(table + 8 + index / 8).load(ordering: .relaxed)
                        >> UInt64(index % 8 * 8))
            }
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            let after = word(table).load(ordering: .sequentiallyConsistent)
            guard before == after, before & 1 == 0 else { continue }
            return octets.isEmpty ? nil : String(decoding: octets, as: UTF8.self)
        }
        return nil
    }

    private static func words(_ octets: [UInt8]) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (octets.count + 7) / 8)
        for (index, octet) in octets.enumerated() {
            words[index / 8] |= UInt64(octet) << UInt64(index % 8 * 8)
        }
        return words
    }
}
