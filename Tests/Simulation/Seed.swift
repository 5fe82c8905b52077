/// Numbers that only a seed decides (SplitMix64): a schedule that fails can be run again.
struct Seed: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// 0 ..< bound, evenly enough.
    @inline(__always)
    mutating func below(_ bound: Int) -> Int {
        let scaled = (next() >> 32) &* UInt64(bound)
        return Int(truncatingIfNeeded: scaled >> 32)
    }

    @inline(__always)
    mutating func isOne(in count: Int) -> Bool { below(count) == 0 }
}
