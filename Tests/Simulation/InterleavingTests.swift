import Testing

@testable import Board

@Suite("Every interleaving of a switch")
struct InterleavingTests {
    /// Visits all states that can be reached. Returns them and the first violation.
    private func explore(_ start: Model) -> (states: Set<Model>, violation: String?) {
        var seen: Set<Model> = [start]
        var open = [start]
        while let model = open.popLast() {
            if let violation = model.violation { return (seen, violation) }
            for next in model.successors where seen.insert(next).inserted { open.append(next) }
        }
        return (seen, nil)
    }

    @Test("No request runs on blue at the switch or starts there after it, deadline or not")
    func nothingRunsOnTheOldColor() {
        let (states, violation) = explore(Model(requests: 2))
        #expect(violation == nil)
        // Both ends were reached, so the property was not empty.
        #expect(states.contains { $0.isSwitched && $0.isOver })
        #expect(states.contains { !$0.isSwitched && $0.isOver })
        #expect(states.count > 3_000)
    }

    @Test("Without the second look some interleaving breaks it")
    func secondLookIsNeeded() {
        #expect(explore(Model(requests: 2, looksAgain: false)).violation != nil)
    }

    @Test("Counts are back at zero when all is over")
    func countsReturnToZero() {
        let (states, _) = explore(Model(requests: 2))
        for model in states where model.isOver {
            #expect(model.memory.inFlight == [[0, 0], [0, 0]])
        }
    }

    @Test("From every state that can be reached the end can be reached: nothing held is forgotten")
    func nothingIsForgotten() {
        let (states, _) = explore(Model(requests: 1))
        var leadsToEnd = states.filter(\.isOver)
        var rest = states.subtracting(leadsToEnd)
        while true {
            let found = rest.filter { $0.successors.contains(where: leadsToEnd.contains) }
            if found.isEmpty { break }
            leadsToEnd.formUnion(found)
            rest.subtract(found)
        }
        #expect(rest.isEmpty)
    }

    @Test("When the deadline and the switch race, exactly one of them wins")
    func oneWins() {
        let (states, _) = explore(Model(requests: 1))
        for model in states where model.isOver {
            let switched = model.controller.state == .done(switched: true)
            #expect(model.memory.route.phase == .open || !switched)
            #expect(model.memory.route.active == (switched ? .green : .blue))
        }
    }
}
