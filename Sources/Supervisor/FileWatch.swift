import Kernel

/// Sees when files were replaced, and waits until they rest: a certificate and its key are two
/// files, and whoever renews them writes one after the other.
///
/// It looks at the files' stamps, because that follows links as certbot and Kubernetes place them,
/// which inotify(7) does not.
public struct FileWatch: Sendable {
    /// How often it looks: soon enough after a renewal, which comes every few weeks.
    static let nanoseconds: UInt64 = 1_000_000_000

    let paths: [String]
    /// As they were when they were read.
    private var used: [FileStamp?]
    /// As they were at the last look.
    private var last: [FileStamp?]

    /// Make it before the files are read, so that no change is missed.
    public init(_ paths: [String]) {
        self.paths = paths
        used = Self.stamps(paths)
        last = used
    }

    var isEmpty: Bool { paths.isEmpty }

    /// Whether they have changed since they were read, and not since the last look.
    mutating func look() -> Bool {
        let now = Self.stamps(paths)
        defer { last = now }
        return now != used && now == last
    }

    /// They are about to be read.
    mutating func noteReading() {
        used = Self.stamps(paths)
        last = used
    }

    private static func stamps(_ paths: [String]) -> [FileStamp?] { paths.map { FileStamp($0) } }
}
