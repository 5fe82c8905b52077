import Bytes
import Testing

/// Counts how many of its kind live.
private final class Census {
    var living = 0
}

private struct Guest: ~Copyable {
    let census: Census
    var name: Int

    init(_ census: Census, _ name: Int) {
        self.census = census
        self.name = name
        census.living += 1
    }

    deinit { census.living -= 1 }
}

@Suite("Slabs")
struct SlabTests {
    @Test("A value is found and changed in place under its handle, and given back out")
    func roundTrip() {
        let census = Census()
        var slab = Slab<Guest>(capacityMax: 4)
        let handle = slab.insert(Guest(census, 1))
        slab[handle].name += 1
        #expect(slab[handle].name == 2)
        #expect(slab.contains(handle.tagged(7)) == true)
        let guest = slab.remove(handle)
        #expect(guest.name == 2)
        #expect(slab.count == 0)
        #expect(census.living == 1)
        _ = consume guest
        #expect(census.living == 0)
    }

    @Test("A handle never means the value that came after in the same slot")
    func generations() {
        let census = Census()
        var slab = Slab<Guest>(capacityMax: 4)
        let first = slab.insert(Guest(census, 1))
        _ = slab.remove(first)
        let second = slab.insert(Guest(census, 2))
        #expect(first.index == second.index)
        #expect(slab.contains(first) == false)
        #expect(slab.contains(second) == true)
        #expect(slab.contains(Handle(rawValue: .max)) == false)
        #expect(slab.contains(Handle(rawValue: 0)) == false)
    }

    @Test("A slab grows to its bound, keeps what it holds, and frees what is left in it")
    func growth() {
        let census = Census()
        do {
            var slab = Slab<Guest>(capacityMax: 1000)
            var handles: [Handle] = []
            while !slab.isFull { handles.append(slab.insert(Guest(census, handles.count))) }
            #expect(slab.count == 1000)
            for (name, handle) in handles.enumerated() { #expect(slab[handle].name == name) }
            for handle in handles where handle.index % 2 == 0 { _ = slab.remove(handle) }
            #expect(census.living == 500)
            let living = (0..<slab.slotCount).compactMap { slab.handle(at: $0) }
            #expect(living == handles.filter { $0.index % 2 == 1 })
        }
        #expect(census.living == 0)
    }

    @Test("Slot, generation and tag fit into 64 bits without touching each other")
    func packing() {
        let handle = Handle(index: Handle.indexMax, generation: .max, tag: 0)
        #expect(handle.index == Handle.indexMax)
        #expect(handle.generation == .max)
        #expect(handle.tag == 0)
        #expect(Handle(rawValue: handle.tagged(255).rawValue).tag == 255)
        #expect(handle.tagged(255).index == Handle.indexMax)
    }
}
