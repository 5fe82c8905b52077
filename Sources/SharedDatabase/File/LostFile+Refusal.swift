extension LostFile {
    /// Why nothing may be done to the file that stands at `path`: some process goes on with another
    /// one of that name. nil where all hold the same, as far as that may be looked at.
    static func failure(of path: String) -> WorkFailure? {
        let lost = search(SharedFile.realPath(path))
        return SplitJudge.judge(FileIdentity(at: path), [], lost, path: path).map(WorkFailure.init)
    }

    static func expectNone(of path: String) throws(WorkFailure) {
        if let failure = failure(of: path) { throw failure }
    }
}

extension StatedFile {
    /// The same of what targets state; nil where the file may not be looked at. Opens nothing.
    public static func failure(of path: String, stated files: [StatedFile]) -> WorkFailure? {
        guard !files.isEmpty, let file = FileIdentity(at: path) else { return nil }
        return SplitJudge.judge(file, files, [], path: path).map(WorkFailure.init)
    }
}

extension WorkFailure {
    fileprivate init(_ split: GateJudgement) {
        self.init(
            .split, "split: \(split.saw); expected \(split.expected)", hint: split.hint)
    }
}

extension FileIdentity {
    /// Tells a file from another one that takes its place; nil where there is none, or it may not
    /// be looked at. Opens nothing.
    public static func number(at path: String) -> [UInt64]? {
        FileIdentity(at: path).map { [$0.device, $0.inode] }
    }
}
