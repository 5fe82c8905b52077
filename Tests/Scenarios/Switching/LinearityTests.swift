import Board
import Control
import Foundation
import Kernel
import Synchronization
import Testing

/// The apps' own logs, id by id, against the moments at which switches were told.
@Suite("Linearity", .serialized, .timeLimit(.minutes(1)))
struct LinearityTests {
    @Test(
        "By the apps' logs nothing began on the old color after the acknowledgement, or ran twice")
    func logs() throws {
        let ledger = CrashLedger()
        let blue = try ScriptedUpstream(ledger.behaviour(.blue))
        let green = try ScriptedUpstream(ledger.behaviour(.green))
        let bascule = try Bascule(Configuration(blue: [blue], green: [green]))
        try bascule.waitForHealth()
        let walkers = Walkers(6, to: bascule.address)
        let leavers = Leavers(2, to: bascule.address)
        var told: [ToldSwitch] = []
        for number in 0..<12 {
            let to: Color = number.isMultiple(of: 2) ? .green : .blue
            try walkers.wait(for: 40, since: .now)
            // A worker that stands still for a while, now and then, is no reason to be wrong.
            let worker = number % 4 == 1 ? try bascule.pid(of: "worker 0") : nil
            if let worker { ChildProcess.send(.stop, to: worker) }
            let began = Instant.now
            let command = try bascule.start(["switch", to.name, "--json"])
            if let worker {
                _ = Wait.staysFalse(seconds: 0.05) { false }
                ChildProcess.send(.resume, to: worker)
            }
            let ended = try Command(command)
            #expect(ended.code == 0, "\(ended.output)\(ended.errors)")
            told.append(ToldSwitch(to: to, began: began, acknowledged: .now))
        }
        try walkers.wait(for: 40, since: .now)
        try leavers.stop()
        try walkers.stop()
        #expect(walkers.failures.isEmpty, "\(walkers.failures.prefix(2))")
        let records = ledger.records
        #expect(records.count > 500)
        // Those that left were among them, so that broken requests were judged too.
        #expect(records.contains { $0.id.hasPrefix("/left-") })
        let wrong = Linearity.violations(records, told)
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test("The check finds a late start, two colors at work, and a request that ran twice")
    func finds() {
        func at(_ moment: UInt64) -> Instant { Instant(nanoseconds: moment) }
        func record(_ id: String, _ color: Color, _ start: UInt64, _ end: UInt64) -> AppRecord {
            AppRecord(id: id, color: color, start: at(start), end: at(end))
        }
        let told = [ToldSwitch(to: .green, began: at(10), acknowledged: at(20))]
        let good = [record("a", .blue, 5, 12), record("b", .green, 13, 14)]
        #expect(Linearity.violations(good, told).isEmpty)
        let late = record("c", .blue, 21, 22)
        #expect(Linearity.violations(good + [late], told).count == 1)
        let beside = record("d", .blue, 6, 30)
        #expect(Linearity.violations(good + [beside], told).count == 1)
        let twice = record("b", .green, 25, 26)
        #expect(Linearity.violations(good + [twice], told).count == 1)
    }
}

/// Clients that send a request and leave before its answer.
private final class Leavers: Sendable {
    private let stopped = Atomic(false)
    private let running: Mutex<Int>

    init(_ count: Int, to address: SocketAddress) {
        running = Mutex(count)
        for client in 0..<count {
            Thread { self.work(client, address) }.start()
        }
    }

    deinit { stopped.store(true, ordering: .relaxed) }

    func stop() throws {
        stopped.store(true, ordering: .relaxed)
        try Wait.until("everybody has left") { running.withLock { $0 } == 0 }
    }

    private func work(_ client: Int, _ address: SocketAddress) {
        var number = 0
        while !stopped.load(ordering: .relaxed) {
            ask(address, "/left-\(client)-\(number)")
            number += 1
            ThisProcess.pause(milliseconds: 5)
        }
        running.withLock { $0 -= 1 }
    }

    /// What becomes of it is for the apps' logs to say.
    private func ask(_ address: SocketAddress, _ path: String) {
        do {
            let connection = try RawConnection(to: address)
            try connection.send(RawConnection.request("GET", path))
            ThisProcess.pause(milliseconds: 1)
            connection.reset()
        } catch {
            return
        }
    }
}
