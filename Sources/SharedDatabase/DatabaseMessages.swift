public import Kernel

/// Requests and answers of the role `database` on its channel, which keeps the boundaries of
/// datagrams: what is longer than one goes in several, each with a header, and is put together
/// again.
///
/// The number is chosen by the controller and repeated in every answer, so that what a process
/// which died had begun to say is never taken for a part of the next one's answer.
public enum DatabaseMessages {
    /// The longest message in either direction: the schema of some ten thousand tables.
    public static let messageBytesMax = 16 << 20
    /// Of a part, its header included: what a channel takes at once.
    static let partBytesMax = MessageChannel.messageBytesMax
    /// Magic, number of the message, its length, offset of the part: four octets each.
    static let headerBytes = 16
    private static let magic: UInt32 = 0x4253_4c31
    /// The number of what answers no question; no question has it.
    public static let unasked: UInt32 = 0

    /// A message as it was put together.
    public struct Whole: Hashable, Sendable {
        public let number: UInt32
        public let octets: [UInt8]
    }

    /// The datagrams of one message, in order. It has at most `messageBytesMax` octets, and one.
    public static func parts(number: UInt32, _ octets: [UInt8]) -> [[UInt8]] {
        precondition(
            1...messageBytesMax ~= octets.count, "a message has between 1 octet and 16 MiB")
        let step = partBytesMax - headerBytes
        return stride(from: 0, to: octets.count, by: step).map { start in
            let words = [magic, number, UInt32(octets.count), UInt32(start)]
            return words.flatMap(bigEndian) + octets[start..<min(start + step, octets.count)]
        }
    }

    /// Sends one message whole, for a process or a thread that may wait.
    ///
    /// Throws `timedOut` when the peer does not take all of it until the deadline.
    public static func send(
        _ operation: StaticString, to socket: CInt, number: UInt32, _ octets: [UInt8],
        until deadline: Instant
    ) throws(SystemError) {
        for part in parts(number: number, octets) {
            try Message.send(operation, to: socket, part, until: deadline)
        }
    }

    /// The next whole message; nil when the peer has closed. Throws `timedOut` at the deadline.
    public static func receive(
        _ operation: StaticString, from socket: CInt, until deadline: Instant
    ) throws(SystemError) -> Whole? {
        var assembly = Assembly()
        while let part = try Message.receive(
            operation, from: socket, bytesMax: partBytesMax, until: deadline)
        {
            if let whole = assembly.add(part) { return whole }
        }
        return nil
    }

    /// Parts of one message at a time; what does not follow upon the part before is dropped.
    public struct Assembly: Sendable {
        private var number: UInt32 = 0
        private var octets: [UInt8] = []
        /// Of the message under way; 0 between two.
        private var length = 0

        public init() {}

        /// Takes a datagram; the message once this was its last part. Anything that is no part of
        /// a message is dropped.
        public mutating func add(_ datagram: [UInt8]) -> Whole? {
            guard datagram.count > headerBytes, word(datagram, 0) == magic else { return nil }
            let (number, total) = (word(datagram, 4), Int(word(datagram, 8)))
            let start = Int(word(datagram, 12))
            guard total <= messageBytesMax else { return nil }
            if start == 0 {
                (self.number, length) = (number, total)
                octets.removeAll(keepingCapacity: true)
            }
            let follows =
                length > 0 && number == self.number && total == length && start == octets.count
                && start + datagram.count - headerBytes <= length
            guard follows else {
                length = 0
                return nil
            }
            octets += datagram[headerBytes...]
            guard octets.count == length else { return nil }
            length = 0
            defer { octets = [] }
            return Whole(number: number, octets: octets)
        }
    }

    private static func bigEndian(_ word: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    private static func word(_ octets: [UInt8], _ start: Int) -> UInt32 {
        octets[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
