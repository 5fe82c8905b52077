internal import CKernel
internal import Glibc

/// What is asked of the place where files stand.
public enum Volumes {
    /// Octets that this process may still write on the file system of a path (statvfs(3)).
    public static func freeBytes(
        _ operation: StaticString, at path: String
    ) throws(SystemError) -> Int {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        // SAFETY: the kernel writes one structure during the call; the path outlives it.
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            throw SystemError("\(operation)", .current, subject: path)
        }
        // What root alone may use is not counted, for the owner of a database is seldom root.
        let (bytes, overflow) = UInt64(status.f_bavail)
            .multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int(clamping: bytes)
    }
}

/// A lock on a folder that one process at a time has, gone with the value or the process
/// (flock(2)).
public struct FolderLock: ~Copyable, Sendable {
    private let folder: Descriptor

    private init(_ folder: consuming Descriptor) { self.folder = folder }

    /// nil where another process has it.
    public static func take(
        _ operation: StaticString, _ path: String
    ) throws(SystemError) -> FolderLock? {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        // SAFETY: the path is read during the call.
        let number = unsafe ck_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard number >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
        let folder = Descriptor(owning: number)
        if flock(number, LOCK_EX | LOCK_NB) == 0 { return FolderLock(folder) }
        let code = Errno.current
        guard code == .wouldBlock else {
            throw SystemError("\(operation)", code, subject: path)
        }
        return nil
    }
}

extension Files {
    /// Reads a file from its start to its end, a piece at a time.
    public static func readPieces(
        _ operation: StaticString, _ path: String, pieceBytes: Int = 1 << 20,
        _ body: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        let file = try open(operation, path, .reading)
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            if let injected = Faults.injected(operation) {
                throw SystemError("\(operation)", injected, subject: path)
            }
            let count = unsafe piece.withUnsafeMutableBytes {
                // SAFETY: read(2) writes within the array, which outlives the call.
                unsafe Glibc.read(file.number, $0.baseAddress, $0.count)
            }
            if count < 0, Errno.current == .interrupted { continue }
            guard count >= 0 else { throw SystemError("\(operation)", .current, subject: path) }
            if count == 0 { return }
            try body(piece[..<count])
        }
    }

    /// The same for a file that this process has just written: its pages are read where they lie in
    /// memory (mmap(2)). Whoever cuts the file meanwhile ends this process (SIGBUS).
    public static func readPages(
        _ operation: StaticString, _ path: String, pieceBytes: Int = 64 << 20,
        _ body: (borrowing RawSpan) throws -> Void
    ) throws {
        let file = try open(operation, path, .reading)
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: path)
        }
        var status = stat()
        // SAFETY: one structure is written during the call.
        guard unsafe fstat(file.number, &status) == 0 else {
            throw SystemError("\(operation)", .current, subject: path)
        }
        for start in stride(from: 0, to: Int(status.st_size), by: pieceBytes) {
            let count = min(pieceBytes, Int(status.st_size) - start)
            // SAFETY: the mapping is read during this turn only, and unmapped at its end, once.
            let piece = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, file.number, start)
            guard let piece = unsafe piece, unsafe piece != MAP_FAILED else {
                throw SystemError("\(operation)", .current, subject: path)
            }
            defer { unsafe munmap(piece, count) }
            try unsafe body(UnsafeRawBufferPointer(start: piece, count: count).bytes)
        }
    }

    /// Size in octets and the time of the last change (seconds since 1970); links are followed.
    /// nil where nothing stands there.
    public static func facts(_ path: String) -> (bytes: Int, changed: Int64)? {
        var status = stat()
        // SAFETY: one structure is written during the call.
        guard unsafe stat(path, &status) == 0 else { return nil }
        return (Int(status.st_size), Int64(status.st_mtim.tv_sec))
    }

    /// The path with every link followed (realpath(3)); nil where nothing stands there.
    public static func resolved(_ path: String) -> String? {
        // SAFETY: the text that realpath makes is copied, then freed, once.
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// The names in a folder, sorted, without `.` and `..`.
    public static func names(
        _ operation: StaticString, in folder: String
    ) throws(SystemError) -> [String] {
        if let injected = Faults.injected(operation) {
            throw SystemError("\(operation)", injected, subject: folder)
        }
        // SAFETY: the stream is closed before this returns; an entry is valid until the next call,
        // and its name is copied at once.
        guard let stream = unsafe opendir(folder) else {
            throw SystemError("\(operation)", .current, subject: folder)
        }
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while true {
            guard let entry = unsafe readdir(stream) else { return names.sorted() }
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }
}
