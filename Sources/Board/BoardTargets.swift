internal import Atomics
public import Kernel

/// One address that serves a color.
public struct BoardTarget: Hashable, Sendable {
    public let address: SocketAddress
    /// Spoken to over TLS.
    public let isTLS: Bool
    public let isHealthy: Bool
    /// Its place in the list of the color's configured targets: a name there may have several
    /// addresses.
    public let origin: Int

    public init(
        address: SocketAddress, isTLS: Bool = false, origin: Int = 0, isHealthy: Bool
    ) {
        precondition(0..<BoardShape.targetsMax ~= origin, "as many as a color may have")
        self.address = address
        self.isTLS = isTLS
        self.origin = origin
        self.isHealthy = isHealthy
    }
}

extension Board {
    /// Writes the addresses of a color anew. Only the controller calls this (and the supervisor
    /// before any other process has the board): there is one writer.
    ///
    /// At most `BoardShape.targetsMax`; what is beyond that is not written. Returns false where
    /// nothing changed, and then the version stays.
    @discardableResult
    public func publishTargets(_ targets: [BoardTarget], service: Int, color: Color) -> Bool {
        let list = Array(targets.prefix(BoardShape.targetsMax))
        if self.targets(service: service, color: color) == list { return false }
        let table = targetTable(service, color)
        // A sequence lock: odd while it is written, so a reader looks again. A controller that died
        // in the middle left it odd already.
        let writing = word(table).load(ordering: .relaxed) | 1
        word(table).store(writing, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        word(table + 1).store(UInt64(list.count), ordering: .relaxed)
        for (index, target) in list.enumerated() {
            let entry = table + 8 + index * Layout.targetWords
            for (offset, value) in target.words.enumerated() {
                word(entry + offset).store(value, ordering: .relaxed)
            }
        }
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        word(table).store(writing &+ 1, ordering: .sequentiallyConsistent)
        return true
    }

    /// Moves whenever the targets of a color are written anew.
    @inline(__always)
    public func targetsVersion(service: Int, color: Color) -> UInt64 {
        word(targetTable(service, color)).load(ordering: .acquiring)
    }

    /// The addresses of a color, all of one publication. Where the controller died while it wrote,
    /// those that can be read: the next controller publishes anew.
    public func targets(service: Int, color: Color) -> [BoardTarget] {
        let table = targetTable(service, color)
        var last: [BoardTarget] = []
        // Bounded: a writer that died in the middle leaves the version odd for ever.
        for _ in 0..<1_000 {
            let before = word(table).load(ordering: .sequentiallyConsistent)
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            let count = min(
                Int(clamping: word(table + 1).load(ordering: .relaxed)), BoardShape.targetsMax)
            last = (0..<count).compactMap { index in
                let entry = table + 8 + index * Layout.targetWords
                return BoardTarget(
                    words: (0..<Layout.targetWords).map {
                        word(entry + $0).load(ordering: .relaxed)
                    })
            }
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            let after = word(table).load(ordering: .sequentiallyConsistent)
            if before == after, before & 1 == 0 { return last }
        }
        return last
    }

    private func targetTable(_ service: Int, _ color: Color) -> Int {
        layout.service(service) + Layout.targets + color.index * Layout.targetTableWords
    }
}

/// A target in 16 words: family, flags, port and path length in the first, then the address or
/// the path.
extension BoardTarget {
    fileprivate var words: [UInt64] {
        let flags = (isTLS ? 1 : 0) | (isHealthy ? 2 : 0) | UInt64(origin) << 2
        var words = [UInt64](repeating: 0, count: Layout.targetWords)
        switch address {
        case .ipv4(let number, let port):
            words[0] = 4 | flags << 8 | UInt64(port) << 16
            words[1] = UInt64(number)
        case .ipv6(let high, let low, let port):
            words[0] = 6 | flags << 8 | UInt64(port) << 16
            words[1] = high
            words[2] = low
        case .unix(let path):
            let octets = Array(path.utf8.prefix(SocketAddress.unixPathBytesMax))
            words[0] = 1 | flags << 8 | UInt64(octets.count) << 32
            for (index, octet) in octets.enumerated() {
                words[1 + index / 8] |= UInt64(octet) << UInt64(index % 8 * 8)
            }
        }
        return words
    }

    fileprivate init?(words: [UInt64]) {
        let port = UInt16(truncatingIfNeeded: words[0] >> 16)
        switch words[0] & 255 {
        case 4: address = .ipv4(UInt32(truncatingIfNeeded: words[1]), port: port)
        case 6: address = .ipv6(words[1], words[2], port: port)
        case 1:
            let count = min(Int(words[0] >> 32 & 0xffff), SocketAddress.unixPathBytesMax)
            let octets = (0..<count).map {
                UInt8(truncatingIfNeeded: words[1 + $0 / 8] >> UInt64($0 % 8 * 8))
            }
            address = .unix(path: String(decoding: octets, as: UTF8.self))
        default: return nil
        }
        isTLS = words[0] >> 8 & 1 != 0
        origin = Int(words[0] >> 10 & 15)
        isHealthy = words[0] >> 8 & 2 != 0
    }
}
