import Testing

@testable import Kernel

@Suite("Process groups, and processes by their start", .timeLimit(.minutes(1)))
struct ProcessGroupTests {
    @Test("A group is there as long as anything of it is, its leader or not")
    func group() throws {
        let program = try ForegroundProgram(
            "test.start", ["/bin/sh", "-c", "sleep 100 & exit 0"], outputIsError: true)
        while program.look() != .ended(.exited(code: 0)) { ThisProcess.pause(milliseconds: 2) }
        #expect(!program.group.isEmpty && program.group.isRunning)
        program.group.send(.kill)
        while program.group.isRunning { ThisProcess.pause(milliseconds: 2) }
        // Whoever adopts what is left may take its time to ask how it ended.
        while !program.group.isEmpty { ThisProcess.pause(milliseconds: 2) }
        #expect(!program.group.isRunning)
    }

    @Test("A process that has ended does not run, reaped or not, nor does another of its number")
    func mark() throws {
        let pid = try ChildProcess.start(
            "test.start", executable: "/bin/sleep", arguments: ["sleep", "100"],
            environment: [], descriptors: [])
        let mark = try #require(ProcessMark(running: pid))
        #expect(mark.isRunning)
        let started = try #require(mark.started)
        #expect(!ProcessMark(pid: pid, started: started + 1).isRunning)
        #expect(ProcessMark(pid: pid, started: nil).isRunning)
        ChildProcess.send(.kill, to: pid)
        while mark.isRunning { ThisProcess.pause(milliseconds: 2) }
        #expect(ProcessMark(running: pid) == nil)
        #expect(ChildProcess.wait(for: pid) == .killed(signal: 9))
        #expect(!mark.isRunning)
        #expect(ProcessMark(running: 0) == nil)
    }

    @Test("A process that is reaped while it is looked at does not run")
    func reapedMeanwhile() throws {
        let pid = try ChildProcess.start(
            "test.start", executable: "/bin/sleep", arguments: ["sleep", "100"],
            environment: [], descriptors: [])
        // Others may not be seen at all (proc(5), hidepid): such a one runs.
        let unseen = ProcessMark(running: pid, seenBy: { _ in nil })
        #expect(unseen == ProcessMark(pid: pid, started: nil))
        let mark = ProcessMark(running: pid) { pid in
            ChildProcess.send(.kill, to: pid)
            #expect(ChildProcess.wait(for: pid) == .killed(signal: 9))
            return ProcessMark.facts(of: pid)
        }
        #expect(mark == nil)
    }
}
