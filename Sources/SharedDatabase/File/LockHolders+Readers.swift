internal import Kernel

extension LockHolders {
    /// Whoever keeps a writer out. With a rollback journal that may be a reader, of whom one is
    /// named (https://sqlite.org/lockingv3.html); in WAL mode everybody who has the database open
    /// has that lock, and keeps nobody out.
    static func keepingOut(of path: String) -> LockHolders {
        let found = of(path)
        let real = SharedFile.realPath(path)
        guard found.processes.isEmpty, Files.kind(real + "-shm") == nil else { return found }
        do throws(SystemError) {
            let file = try LastingFiles.open("gate.locks", real)
            let reader = file.lockHolder(
                from: shared.lowerBound, count: Int64(shared.count))
            return reader.map { LockHolders(processes: [$0]) } ?? found
        } catch {
            return found
        }
    }

    private static let shared: Range<Int64> = 0x4000_0002..<0x4000_0200
}
