import Glibc
import Kernel

/// A connection from a loopback address of the test's choice: 127.0.0.0/8 is all ours.
enum SourceAddress {
    struct Failed: Error {
        let call: String
        let errno: Errno
    }

    /// 127.1.0.1 and on, one for each number; at most 60 000.
    static func text(_ number: Int) -> String {
        "127.\(1 + number / 62_500).\(number / 250 % 250).\(number % 250 + 1)"
    }

    static func connect(from source: String, to port: UInt16) throws -> RawConnection {
        let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Failed(call: "socket", errno: Errno(rawValue: errno)) }
        let owned = Descriptor(owning: number)
        try unsafe call("bind", on: owned.number, source, 0) { unsafe bind($0, $1, $2) }
        try unsafe call("connect", on: owned.number, "127.0.0.1", port) {
            unsafe Glibc.connect($0, $1, $2)
        }
        Socket.setNoDelay(owned.number)
        try owned.setNonBlocking("test.connect")
        return try RawConnection(owning: owned.release())
    }

    private static func call(
        _ name: String, on number: CInt, _ host: String, _ port: UInt16,
        _ body: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw Failed(call: "inet_pton", errno: Errno(rawValue: errno))
        }
        let result = unsafe withUnsafePointer(to: &address) {
            // SAFETY: the kernel only reads the address, which has the size that is told.
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed(call: name, errno: Errno(rawValue: errno)) }
    }
}
