import Bytes
import Testing

@Suite("A value on demand")
struct OnDemandTests {
    struct Tally: Resting {
        var count = 7

        static let resting = RestingValue<Tally>()
    }

    @Test("reads as new at rest, and takes no memory for it")
    func restingReads() {
        let tally = OnDemand<Tally>()
        let count = tally.value.count
        let isResting = tally.isResting
        #expect(count == 7)
        #expect(isResting)
        #expect(MemoryLayout<OnDemand<Tally>>.size == MemoryLayout<Int>.size)
    }

    @Test("keeps what was changed until it rests, and is new after that")
    func changes() {
        var tally = OnDemand<Tally>()
        tally.value.count += 1
        let changed = tally.value.count
        let isAwake = !tally.isResting
        tally.rest()
        let again = tally.value.count
        let isResting = tally.isResting
        #expect(changed == 8)
        #expect(isAwake)
        #expect(again == 7)
        #expect(isResting)
    }
}
