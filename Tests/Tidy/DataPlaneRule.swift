/// The rooms a request passes through run on one thread that never waits: no Foundation, no
/// swift-log, no tasks, no locks.
enum DataPlaneRule {
    static let rooms: Set<String> = [
        "Kernel", "Bytes", "Board", "Telemetry", "HTTP", "HTTP1", "HTTP2", "TLS", "Routing",
        "Exchange", "Worker",
    ]

    private static let modules: Set<String> = ["Logging", "Dispatch", "NIO", "Hummingbird"]
    private static let words: Set<String> = [
        "Task", "TaskGroup", "async", "await", "actor", "MainActor", "Mutex", "NSLock",
        "NIOLock", "DispatchQueue", "Thread", "pthread_mutex_t", "pthread_mutex_lock",
        "pthread_rwlock_t", "pthread_create",
    ]

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language == .swift, let room = file.room,
            rooms.contains(room)
        else { return [] }
        let imports = Import.all(in: file).filter {
            modules.contains($0.module) || $0.module.hasPrefix("Foundation")
                || $0.module.hasPrefix("NIO")
        }
        return imports.map {
            Finding(path: file.path, line: $0.line, message: "data plane imports \($0.module)")
        }
            + file.words.filter { words.contains($0.text) }.map {
                Finding(path: file.path, line: $0.line, message: "data plane uses \($0.text)")
            }
    }
}
