internal import Kernel

/// What a file that is to be restored may have beside it, and is not whole without.
public enum LeftLog {
    /// A write-ahead log with commits that the file alone does not have, or the journal of a
    /// transaction that was cut and stands half in the file; nil where there is neither.
    public static func beside(_ path: String) -> String? {
        if (Files.facts(path + "-wal")?.bytes ?? 0) > 0 { return path + "-wal" }
        // The mode PERSIST leaves a journal that begins with zeros, and means nothing.
        let isHot = beginning(of: path + "-journal").first.map { $0 != 0 } ?? false
        return isHot ? path + "-journal" : nil
    }

    /// How a file and what is beside it become one.
    public static func remedy(of path: String) -> String {
        "make one whole file of both, and restore that: sqlite3 \(path.asShellWord) "
            + "\".backup \((path + ".whole").asShellWord)\""
    }

    /// The format's octet 18 is 2 in WAL mode (https://sqlite.org/fileformat.html section 1.3.3).
    static func isMarked(_ path: String) -> Bool {
        let header = beginning(of: path)
        return header.count > 18 && header[18] == 2
    }

    /// Empty where it cannot be read.
    private static func beginning(of path: String) -> [UInt8] {
        let file = try? LastingFile("restore.header", path)
        return file?.beginning(count: 20) ?? []
    }
}

extension WorkFailure {
    init(_ log: String, of path: String) {
        self.init(
            .refused, "\(path) is not all of its database: \(log) belongs to it",
            hint: LeftLog.remedy(of: path))
    }
}
