/// Which numbers of streams a client has passed over: a new stream has to have a higher number than
/// all before it, so that it may not come back to these (RFC 9113 section 5.1.1).
///
/// nghttp2 forgets streams that are over, and passes over a head of a low number whether its stream
/// is over or never was.
struct StreamNumbers {
    /// The highest that a head had.
    private var last: UInt32 = 0
    /// Rising. A client that counts on by twos has none.
    private var passedOver: [ClosedRange<UInt32>] = []

    /// Of a client that leaves more gaps the oldest is forgotten: heads there are only ignored.
    static let gapsMax = 16

    /// Takes the number of a head that begins. False where it was passed over.
    mutating func take(_ number: UInt32) -> Bool {
        guard number > last else {
            return passedOver.isEmpty || !passedOver.contains { $0.contains(number) }
        }
        if number > last + 2 {
            if passedOver.count == Self.gapsMax { passedOver.removeFirst() }
            passedOver.append((last + 1)...(number - 1))
        }
        last = number
        return true
    }
}
