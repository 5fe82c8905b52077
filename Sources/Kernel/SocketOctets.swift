internal import CKernel
internal import Glibc

/// Reads and writes with arrays, for callers that are not the data plane.
extension Socket {
    /// Writes once; a closed peer is an error, not a signal.
    public static func send(
        _ operation: StaticString, to socket: CInt, _ octets: ArraySlice<UInt8>
    ) -> Transfer {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        return unsafe octets.withUnsafeBytes {
            unsafe Transfer(Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)))
        }
    }

    /// Reads once and appends to `octets`, `bytesMax` at most.
    public static func receive(
        _ operation: StaticString, from socket: CInt, appendingTo octets: inout [UInt8],
        bytesMax: Int
    ) -> Transfer {
        if let injected = Faults.injected(operation) { return .failed(injected) }
        var transfer = Transfer.wouldBlock
        octets += unsafe [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            transfer = unsafe Transfer(recv(socket, buffer.baseAddress, bytesMax, 0))
            // SAFETY: recv has written exactly as many octets as it reports.
            if case .moved(let moved) = transfer { count = moved }
        }
        return transfer
    }
}
