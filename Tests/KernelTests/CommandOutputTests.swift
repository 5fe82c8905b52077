import Testing

@testable import Kernel

@Suite("Programs that are run for what they print", .timeLimit(.minutes(1)))
struct CommandOutputTests {
    private func run(
        _ script: String, bytesMax: Int = 1_000, seconds: UInt64 = 20
    ) throws -> CommandOutput {
        try CommandOutput.run(
            "test.command", ["sh", "-c", script], environment: ["WORD=told"], bytesMax: bytesMax,
            until: .now.advanced(byNanoseconds: seconds * 1_000_000_000))
    }

    @Test("Its output, its end, and nothing of ours but what it was given")
    func output() throws {
        let output = try run("echo $WORD; echo noise >&2; ls /proc/self/fd | wc -l; exit 3")
        #expect(output.ending == .ended(.exited(code: 3)))
        // 0 to 2, and the folder that ls reads.
        #expect(String(decoding: output.octets, as: UTF8.self).hasPrefix("told\n"))
        #expect(output.octets.filter { $0 == 0x0a }.count == 2)
    }

    @Test("At the limit of what is read it passes, one octet more ends it")
    func limit() throws {
        let most = try run("printf 12345", bytesMax: 5)
        #expect(most.ending == .ended(.exited(code: 0)))
        #expect(most.octets == Array("12345".utf8))
        let more = try run("printf 123456; sleep 100", bytesMax: 5)
        #expect(more.ending == .tooLong)
        #expect(more.octets == Array("12345".utf8))
    }

    @Test("One that does not end is killed with what it started, also after its output has ended")
    func deadline() throws {
        #expect(try run("sleep 100 & sleep 100", seconds: 0).ending == .timedOut)
        #expect(try run("exec >&-; sleep 100", seconds: 1).ending == .timedOut)
    }

    @Test("A program that is not there is an error with its name")
    func missing() {
        let error = #expect(throws: SystemError.self) {
            try CommandOutput.run(
                "test.command", ["no-such-program-4711"], environment: [], bytesMax: 1,
                until: .never)
        }
        #expect(error?.errno == .noSuchFile)
        #expect(error?.subject == "no-such-program-4711")
    }
}
