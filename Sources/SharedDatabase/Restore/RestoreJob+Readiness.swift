internal import Kernel

extension RestoreJob {
    /// There has to be one file, which everybody holds: another one would be restored than the
    /// applications use.
    func expectFile(for choice: RestoreChoice) throws(WorkFailure) {
        try LostFile.expectNone(of: path)
        guard Files.kind(SharedFile.realPath(path)) == nil else { return }
        throw WorkFailure(
            .refused, "\(path) is not there",
            hint: "where it was moved, move it back, with its -wal; where it is lost, stop both "
                + "colors, then put a backup there and give it to the applications' user: "
                + (order.sent == nil
                    ? "cp \(choice.path.asShellWord) \(path.asShellWord)"
                    : "cp FILE \(path.asShellWord), FILE being the \(choice.name) that was sent"))
    }

    /// A connection that is open keeps the encoding that it has read, and SQLite compares only
    /// files of one.
    func expectEncoding(
        of live: DatabaseFacts, in choice: RestoreChoice
    ) throws(WorkFailure) {
        guard let now = live.traits?.encoding, let kept = choice.facts.traits?.encoding,
            now != kept
        else { return }
        let file = order.sent == nil ? choice.path.asShellWord : "FILE"
        throw WorkFailure(
            .refused, "\(choice.name) has its text in \(kept), expected \(now) as in \(path)",
            hint: "write it anew, and restore that: (echo 'PRAGMA encoding = \"\(now)\";'; "
                + "sqlite3 \(file) .dump) | sqlite3 NEW")
    }
}
