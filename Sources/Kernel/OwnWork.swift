internal import Glibc

/// Whether this process is at work, for a thread of it that has to say so.
extension ThisProcess {
    /// Processor time that its other threads have used so far.
    public static var workedNanoseconds: UInt64 {
        let all = readClock(CLOCK_PROCESS_CPUTIME_ID)
        let own = readClock(CLOCK_THREAD_CPUTIME_ID)
        return all > own ? all - own : 0
    }

    /// Whether its first thread is in the kernel and waits for a disk (proc_pid_stat(5), state D).
    public static var waitsForDisk: Bool {
        do throws(SystemError) {
            let octets = try Files.contents("process.state", "/proc/self/stat", bytesMax: 4_096)
            // `PID (NAME) STATE …`; the name may hold anything.
            guard let end = octets.lastIndex(of: UInt8(ascii: ")")) else { return false }
            return octets.dropFirst(end + 2).first == UInt8(ascii: "D")
        } catch {
            return false
        }
    }
}
