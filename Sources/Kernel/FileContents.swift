internal import CKernel
internal import Glibc

extension Files {
    /// Everything in a file that a person named: links are followed, pipes are read to their end.
    ///
    /// Throws EFBIG where there is more than `bytesMax`.
    public static func contents(
        _ operation: StaticString, _ path: String, bytesMax: Int
    ) throws(SystemError) -> [UInt8] {
        try secret(operation, path, bytesMax: bytesMax).contents
    }

    /// The same, and whether everybody on this machine may read it: a key that is, is none.
    public static func secret(
        _ operation: StaticString, _ path: String, bytesMax: Int
    ) throws(SystemError) -> (contents: [UInt8], isReadableByOthers: Bool) {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        // SAFETY: the calls here read the path, and write at most `piece.count` octets, before they
        // return.
        let number = unsafe ck_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard number >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
        let file = Descriptor(owning: number)
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else {
            throw SystemError("\(operation)", .current, subject: path)
        }
        let isReadableByOthers = status.st_mode & S_IROTH != 0
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes {
                // SAFETY: read(2) writes within the array, which outlives the call.
                unsafe read(file.number, $0.baseAddress, $0.count)
            }
            if count < 0, Errno.current == .interrupted { continue }
            guard count >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
            if count == 0 { return (contents, isReadableByOthers) }
            contents += piece.prefix(count)
            guard contents.count <= bytesMax else {
                throw SystemError("\(operation)", Errno(rawValue: EFBIG), subject: path)
            }
        }
    }
}
