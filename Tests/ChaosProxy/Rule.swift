import Kernel

/// What is done to the octets of one direction of a connection.
struct Rule: Sendable, Equatable {
    /// What happens once so many octets have passed.
    enum Fault: Sendable, Equatable {
        /// Both sides see a reset.
        case reset
        /// The reader sees the end of this direction; the other one goes on.
        case halfClose
        /// Nothing moves any more in this direction.
        case freeze
    }

    /// How long octets wait before they go on.
    var delayMilliseconds: UInt64 = 0
    /// Octets a second; 0: as fast as they come.
    var rate = 0
    /// Octets a write; 0: as they come.
    var slice = 0
    var fault: Fault?
    /// Octets that pass before the fault.
    var faultAt = 0

    static let none = Rule()

    /// `delay=20`, `rate=1000`, `slice=1`, `reset@100`, `half-close@0`, `freeze@50`, with commas
    /// between; nil where a word is not known.
    init?(_ text: String) {
        for word in text.split(separator: ",") {
            let parts = word.split(whereSeparator: { $0 == "=" || $0 == "@" })
            guard parts.count == 2, let number = Int(parts[1]), number >= 0 else { return nil }
            switch parts[0] {
            case "delay": delayMilliseconds = UInt64(number)
            case "rate": rate = number
            case "slice": slice = number
            case "reset": (fault, faultAt) = (.reset, number)
            case "half-close": (fault, faultAt) = (.halfClose, number)
            case "freeze": (fault, faultAt) = (.freeze, number)
            default: return nil
            }
        }
    }

    private init() {}

    /// Any of the things that happen on real networks.
    static func random(using numbers: inout Numbers) -> Rule {
        var rule = Rule()
        switch numbers.next(below: 7) {
        case 0: rule.delayMilliseconds = UInt64(numbers.next(below: 50))
        case 1: rule.slice = 1 + numbers.next(below: 16)
        case 2: rule.rate = 20_000 + numbers.next(below: 200_000)
        case 3: (rule.fault, rule.faultAt) = (.reset, numbers.next(below: 2_000))
        case 4: (rule.fault, rule.faultAt) = (.halfClose, numbers.next(below: 2_000))
        case 5: (rule.fault, rule.faultAt) = (.freeze, numbers.next(below: 2_000))
        default: break
        }
        return rule
    }
}

/// Numbers that a seed gives again: splitmix64.
struct Numbers: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
