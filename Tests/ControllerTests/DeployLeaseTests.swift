import Control
import Journal
import Kernel
import Testing

@testable import Controller

@Suite("What is known of a deploy's command", .timeLimit(.minutes(1)))
struct DeployLeaseTests {
    private let here = ThisProcess.identifier

    private func running(pid: Int32, client: Int32?) -> LeaseBody {
        var body = LeaseBody(.running, pid: pid)
        body.client = client
        return body
    }

    @Test("Its number counts where the client's own is what the kernel tells of the client")
    func namespaces() async {
        let same = DeployLease()
        #expect(await same.said(running(pid: here, client: 77), peer: 77) == .running)
        #expect(await same.process?.pid == here)
        let other = DeployLease()
        #expect(await other.said(running(pid: here, client: 77), peer: 0) == .running)
        #expect(await other.process == nil)
        // The client is taken at its word.
        #expect(await other.mayRun)
    }

    @Test("A client that speaks is believed although that process has ended, until it says so too")
    func word() async {
        let lease = DeployLease()
        // No process has this number (proc(5), pid_max).
        _ = await lease.said(running(pid: .max, client: nil), peer: 0)
        #expect(await lease.process == nil)
        #expect(await lease.mayRun)
        var body = LeaseBody(.ended, pid: .max)
        body.reason = "its command line is gone"
        _ = await lease.said(body, peer: 0)
        #expect(await !lease.mayRun)
        let ending = await lease.end(by: .now) { _ in }
        #expect(ending == .failed("the command was ended: its command line is gone"))
    }

    @Test("A later controller believes a process that is there, not another with its number")
    func remembered() async throws {
        let mark = try #require(ProcessMark(running: here))
        let started = try #require(mark.started)
        var moment = DeployMoment(
            hold: .writes, snapshot: nil, fingerprint: nil, applied: nil, command: "x",
            process: here)
        for (ticks, isRunning) in [(started, true), (started - 1, false)] {
            moment.started = ticks
            let lease = DeployLease()
            await lease.remember(process: moment.mark)
            #expect(await lease.mayRun == isRunning)
        }
    }
}
