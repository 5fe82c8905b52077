import Kernel

/// Sockets that take connections: one an address, shared by all workers, so that what waits in the
/// queue of a worker that died is taken by the others.
enum ListeningSockets {
    /// Cut by net.core.somaxconn, which is 4096 on current kernels.
    static let backlog = 4_096

    /// Longer than the roles of a supervisor that was killed take to close their listeners.
    private static let patienceNanoseconds: UInt64 = 2_000_000_000

    /// Those that systemd opened for these addresses, and the rest opened here.
    static func open(_ addresses: [SocketAddress]) throws(SystemError) -> DescriptorList {
        var given: [SocketAddress: CInt] = [:]
        for number in 0..<Systemd.listenDescriptors {
            let number = CInt(3 + number)
            if let address = Socket.localAddress(number) { given[address] = number }
        }
        var sockets = DescriptorList()
        for address in addresses {
            if let number = given.removeValue(forKey: address),
                let socket = Descriptor.inherited(number)
            {
                try socket.setNonBlocking("supervisor.listen")
                sockets.append(socket)
            } else {
                sockets.append(try openOne("supervisor.listen", address))
            }
        }
        return sockets
    }

    /// Tries again for a moment while the address is taken: at a restart the roles of the
    /// supervisor before may still have to notice that it is gone.
    static func openOne(
        _ operation: StaticString, _ address: SocketAddress
    ) throws(SystemError) -> Descriptor {
        let end = Instant.now.advanced(byNanoseconds: patienceNanoseconds)
        while true {
            do {
                return try Socket.listen(operation, on: address, backlog: backlog)
            } catch {
                guard error.errno == .addressInUse, Instant.now < end else { throw error }
                ThisProcess.pause(milliseconds: 20)
            }
        }
    }
}
