internal import Kernel
internal import Synchronization

/// The files that this process has open for good, each once: a look that comes every few
/// milliseconds must not take a descriptor each time, and none may be closed (`LastingFile`).
enum LastingFiles {
    private struct Key: Hashable {
        let path: String
        /// Another file may take the name.
        let place: Files.Place?
    }

    private static let open = Mutex<[Key: LastingFile]>([:])

    static func open(
        _ operation: StaticString, _ path: String
    ) throws(SystemError) -> LastingFile {
        let key = Key(path: path, place: Files.place(path))
        if let file = open.withLock({ $0[key] }) { return file }
        let file = try LastingFile(operation, path)
        open.withLock { $0[key] = file }
        return file
    }
}
