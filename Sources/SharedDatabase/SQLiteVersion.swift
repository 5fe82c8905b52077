/// A version of SQLite's library, as `sqlite_version()` gives it.
public struct SQLiteVersion: Hashable, Comparable, Sendable {
    private let numbers: [Int]

    /// nil for a text that is no version.
    public init?(_ text: String) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        let found = numbers.compactMap { $0 }
        guard (2...4).contains(found.count), found.count == numbers.count,
            found.allSatisfy({ $0 >= 0 })
        else { return nil }
        self.numbers = found + Array(repeating: 0, count: 4 - found.count)
    }

    /// Whether a checkpoint beside a commit of another process can lose that commit
    /// (https://sqlite.org/wal.html, "The WAL-reset bug"): from 3.7.0 to 3.51.2, but for the
    /// repaired 3.44.6 and 3.50.7.
    public var hasResetBug: Bool {
        func isIn(_ first: [Int], _ end: [Int]) -> Bool {
            !numbers.lexicographicallyPrecedes(first) && numbers.lexicographicallyPrecedes(end)
        }
        return isIn([3, 7], [3, 51, 3]) && !isIn([3, 44, 6], [3, 45])
            && !isIn([3, 50, 7], [3, 51])
    }

    public static func < (left: SQLiteVersion, right: SQLiteVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}
