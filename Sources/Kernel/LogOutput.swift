internal import Glibc

/// Where lines go: a file, a pipe, a terminal, a socket. May wait, so it is not for a loop.
public enum LogOutput {
    /// The most that a pipe takes in one piece, between what other processes write to it (pipe(7),
    /// PIPE_BUF).
    public static let pipeBytesMax = 4_096

    /// Whether every write goes to the end of a file in one piece, whatever its length (write(2),
    /// O_APPEND).
    public static func isRegularFile(_ number: CInt) -> Bool {
        var status = stat()
        return unsafe fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Writes once. Where the descriptor does not wait by itself, this does.
    public static func write(
        _ operation: StaticString, to number: CInt, _ octets: ArraySlice<UInt8>
    ) -> Transfer {
        while true {
            if let injected = Faults.injected(operation) { return .failed(injected) }
            let transfer = unsafe octets.withUnsafeBytes {
                // SAFETY: the kernel reads no more than the count, during the call.
                unsafe Transfer(Glibc.write(number, $0.baseAddress, $0.count))
            }
            guard case .wouldBlock = transfer else { return transfer }
            var entry = pollfd(fd: number, events: CShort(POLLOUT), revents: 0)
            _ = unsafe poll(&entry, 1, -1)
        }
    }
}
