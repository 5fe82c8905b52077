internal import CKernel
internal import Glibc

/// Memory that has no name in any file system: memfd_create(2), handed to other processes as a
/// descriptor.
public enum MemoryFile {
    /// A file with this content that nobody, its maker included, can change any more.
    public static func sealed(
        _ operation: StaticString, name: String, contents: [UInt8]
    ) throws(SystemError) -> Descriptor {
        let file = try create(operation, name: name)
        var written = 0
        while written < contents.count {
            let count = unsafe contents[written...].withUnsafeBytes {
                unsafe write(file.number, $0.baseAddress, $0.count)
            }
            guard count > 0 else { throw SystemError("\(operation)", .current) }
            written += count
        }
        guard ck_seal(file.number, 1) == 0 else { throw SystemError("\(operation)", .current) }
        return file
    }

    /// Zeroed memory of a fixed size that processes share.
    public static func shared(
        _ operation: StaticString, name: String, bytes: Int
    ) throws(SystemError) -> Descriptor {
        let file = try create(operation, name: name)
        guard ftruncate(file.number, bytes) == 0, ck_seal(file.number, 0) == 0 else {
            throw SystemError("\(operation)", .current)
        }
        return file
    }

    /// All that is in a file, from its start, whatever its offset is.
    public static func contents(
        _ operation: StaticString, of file: borrowing Descriptor
    ) throws(SystemError) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else {
            throw SystemError("\(operation)", .current)
        }
        var octets = [UInt8](repeating: 0, count: Int(status.st_size))
        var got = 0
        while got < octets.count {
            let offset = off_t(got)
            let count = unsafe octets[got...].withUnsafeMutableBytes {
                unsafe pread(file.number, $0.baseAddress, $0.count, offset)
            }
            guard count > 0 else { throw SystemError("\(operation)", .current) }
            got += count
        }
        return octets
    }

    private static func create(
        _ operation: StaticString, name: String
    ) throws(SystemError) -> Descriptor {
        if let injected = Faults.injected(operation) { throw SystemError("\(operation)", injected) }
        let number = unsafe ck_memfd(name)
        guard number >= 0 else { throw SystemError("\(operation)", .current) }
        return Descriptor(owning: number)
    }
}

/// A shared mapping of a whole file, for the life of the process: it is never unmapped, so what
/// points into it stays valid.
@safe public struct SharedMapping: @unchecked Sendable {
    // SAFETY: mapped once, never unmapped or moved; what is behind it is shared with other
    // processes, so users of it go through atomics only.
    public let base: UnsafeMutableRawPointer
    public let bytes: Int

    public init(
        _ operation: StaticString, of file: borrowing Descriptor
    ) throws(SystemError) {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0, status.st_size > 0 else {
            throw SystemError("\(operation)", .current)
        }
        bytes = Int(status.st_size)
        let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SystemError("\(operation)", .current)
        }
        unsafe base = memory
    }
}
