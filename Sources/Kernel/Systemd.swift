internal import CKernel
internal import Glibc

/// What systemd is told and what it hands over (sd_notify(3), sd_listen_fds(3)).
public enum Systemd {
    /// Sends a state such as `READY=1` where NOTIFY_SOCKET is set; without effect elsewhere.
    public static func notify(_ state: String) {
        guard let path = ThisProcess.environment("NOTIFY_SOCKET"), !path.isEmpty,
            path.utf8.count <= SocketAddress.unixPathBytesMax
        else { return }
        let number = socket(
            AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return }
        let notice = Descriptor(owning: number)
        // An abstract address begins with NUL where the variable says @.
        let isAbstract = path.hasPrefix("@")
        let address = SocketAddress.unix(path: isAbstract ? "\0" + path.dropFirst() : path)
        let octets = Array(state.utf8)
        // SAFETY: the address and the octets are only read, during the call.
        _ = unsafe address.withSockaddr { address, length in
            unsafe sendto(
                notice.number, octets, octets.count, CInt(MSG_NOSIGNAL), address,
                isAbstract ? length - 1 : length)
        }
    }

    /// The sockets that systemd opened for this process, 3 and up; 0 where there are none.
    public static var listenDescriptors: Int {
        guard ThisProcess.environment("LISTEN_PID") == "\(ThisProcess.identifier)",
            let text = ThisProcess.environment("LISTEN_FDS"), let count = Int(text), count > 0
        else { return 0 }
        return count
    }

    /// What children must not inherit.
    public static let variables = ["NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
}
