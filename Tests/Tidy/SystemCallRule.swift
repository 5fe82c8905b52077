/// Only Kernel calls libc: every system call has a name there, so that a test can make it fail.
enum SystemCallRule {
    private static let libraries: Set<String> = [
        "Glibc", "Musl", "Darwin", "SwiftGlibc", "CKernel",
    ]

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language == .swift, file.isSource, file.room != "Kernel" else { return [] }
        return Import.all(in: file).filter { libraries.contains($0.module) }.map {
            Finding(path: file.path, line: $0.line, message: "\($0.module) outside Kernel")
        }
    }
}
