internal import Glibc

/// An error number of the kernel, as errno(3) lists them.
public struct Errno: RawRepresentable, Hashable, Sendable {
    public let rawValue: CInt

    public init(rawValue: CInt) { self.rawValue = rawValue }

    public static let interrupted = Errno(rawValue: EINTR)
    public static let wouldBlock = Errno(rawValue: EAGAIN)
    public static let inProgress = Errno(rawValue: EINPROGRESS)
    public static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    public static let connectionReset = Errno(rawValue: ECONNRESET)
    public static let brokenPipe = Errno(rawValue: EPIPE)
    public static let tooManyOpenFiles = Errno(rawValue: EMFILE)
    public static let tooManyOpenFilesInSystem = Errno(rawValue: ENFILE)
    public static let noBufferSpace = Errno(rawValue: ENOBUFS)
    public static let outOfMemory = Errno(rawValue: ENOMEM)
    public static let connectionAborted = Errno(rawValue: ECONNABORTED)
    public static let noSuchFile = Errno(rawValue: ENOENT)
    public static let fileExists = Errno(rawValue: EEXIST)
    public static let permissionDenied = Errno(rawValue: EACCES)
    public static let notPermitted = Errno(rawValue: EPERM)
    public static let addressInUse = Errno(rawValue: EADDRINUSE)
    public static let busy = Errno(rawValue: EBUSY)
    public static let noSuchProcess = Errno(rawValue: ESRCH)
    public static let noSpace = Errno(rawValue: ENOSPC)
    public static let readOnlyFileSystem = Errno(rawValue: EROFS)
    public static let inputOutput = Errno(rawValue: EIO)
    public static let invalidArgument = Errno(rawValue: EINVAL)
    public static let outOfRange = Errno(rawValue: ERANGE)
    public static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    public static let messageTooLong = Errno(rawValue: EMSGSIZE)
    /// The file system does not know this call.
    public static let notSupported = Errno(rawValue: EOPNOTSUPP)
    /// The kernel does not know it.
    public static let noSuchCall = Errno(rawValue: ENOSYS)

    /// What strerror(3) says of it: `Connection refused`.
    public var message: String {
        var text = [CChar](repeating: 0, count: 128)
        // SAFETY: at most `text.count` octets are written, with the NUL, during the call.
        _ = unsafe strerror_r(rawValue, &text, text.count)
        return String(decodingNulTerminated: text)
    }

    /// The calling thread's errno. Read it directly after the call that set it.
    static var current: Errno { Errno(rawValue: errno) }
}

/// A system call that failed, with the step that it was part of.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The step's name, as the fault seam knows it: `journal.sync`.
    public let operation: String
    public let errno: Errno
    /// What the call was about: a path, an address. Empty where the step says it all.
    public let subject: String

    public init(_ operation: String, _ errno: Errno, subject: String = "") {
        self.operation = operation
        self.errno = errno
        self.subject = subject
    }

    public var description: String {
        subject.isEmpty
            ? "\(operation): \(errno.message)" : "\(operation): \(subject): \(errno.message)"
    }
}

extension String {
    /// Text that a C call wrote into a buffer.
    init(decodingNulTerminated text: [CChar]) {
        self.init(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
