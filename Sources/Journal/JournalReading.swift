/// A journal file's octets, read line by line.
struct JournalReading {
    /// Of all lines that can be read, those behind a corrupt one included: a decision behind it was
    /// acknowledged all the same.
    private(set) var state = JournalState()
    /// Up to the end of the last whole line.
    private(set) var soundBytes = 0
    /// The first line that cannot be read and is not just the torn end.
    private(set) var fault: (line: Int, reason: String)?

    init(_ octets: [UInt8]) {
        var start = 0
        var number = 0
        while start < octets.count {
            number += 1
            guard let end = octets[start...].firstIndex(of: UInt8(ascii: "\n")) else { return }
            read(octets[start..<end], number: number, isLast: end + 1 == octets.count)
            if isTorn { return }
            start = end + 1
            soundBytes = start
        }
    }

    private var isTorn = false

    private mutating func read(_ line: ArraySlice<UInt8>, number: Int, isLast: Bool) {
        switch JournalLine.decode(line) {
        case .success(let record):
            state.apply(record)
        case .failure(.torn) where isLast:
            isTorn = true
        case .failure(let reason):
            if fault == nil { fault = (number, Self.sentence(reason)) }
        }
    }

    private static func sentence(_ reason: JournalLine.Fault) -> String {
        switch reason {
        case .torn: "holds octets that were never written"
        case .checksum: "its checksum does not match"
        case .unreadable(let why): "cannot be understood: \(why)"
        }
    }
}
