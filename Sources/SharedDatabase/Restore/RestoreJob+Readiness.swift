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
                    ? "cp \(choice.path) \(path)"
                    : "cp FILE \(path), FILE being the \(choice.name) that was sent"))
    }
}
