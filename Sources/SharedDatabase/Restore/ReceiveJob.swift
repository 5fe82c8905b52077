internal import Control
internal import Kernel

/// Takes a backup that the command line sends, and keeps it for a restore until the controller
/// closes the channel: then it is removed, however that came.
///
/// Whether it is what its manifest says is found out by the restore, as with any other. What cannot
/// be anything but refused there is refused here before it is sent.
struct ReceiveJob {
    /// Longest between two pieces. The client's own time is shorter, and the controller's to keep.
    static let pieceSeconds: UInt64 = 120

    /// Of the live database.
    let path: String
    let directory: BackupFolder
    let order: ReceiveOrder

    /// Returns the last notice, when nobody needs it any more.
    func run(_ channel: borrowing WorkChannel) throws -> DatabaseNotice {
        guard order.bytes > 0 else {
            throw WorkFailure(.refused, "\(order.file) is empty, expected a database")
        }
        if order.manifest == nil, !order.isUnchecked {
            throw WorkFailure(
                .manifest, "\(order.file) is not what it should be: it has no manifest",
                hint: "\(order.file).json belongs beside it; or take it upon yourself: "
                    + "--override backup")
        }
        let kept = try SentFolder.make(in: directory)
        let folder = kept.folder
        defer { folder.remove() }
        try expectSpace()
        try channel.say(.receiving)
        try write(folder, channel)
        try channel.say(.received(folder: folder.name))
        // Whatever is said ends it as the closing does: there is nothing else to say.
        _ = Result { () throws(WorkFailure) in try channel.word() }
        _ = consume kept
        return .tidied
    }

    /// Room for it, and for the safety copy that the restore makes beside it.
    private func expectSpace() throws {
        let live = [path, path + "-wal"].compactMap { Files.facts($0)?.bytes }.reduce(0, +)
        let (needed, overflow) = order.bytes.addingReportingOverflow(
            BackupCopy.neededBytes(for: live))
        let free = try Volumes.freeBytes("receive.space", at: directory.path)
        guard !overflow, free >= needed else {
            throw WorkFailure(
                .refused,
                "\(directory.path) has \(free) octets free; \(order.file) with its \(order.bytes) "
                    + "and the safety copy of a restore need \(overflow ? Int.max : needed)",
                hint: "make room, or lower backup.keep and run: bascule db prune")
        }
    }

    private func write(_ folder: SentFolder, _ channel: borrowing WorkChannel) throws {
        let file = try Files.open("receive.open", folder.backup, .replacing(mode: 0o600))
        var left = order.bytes
        while left > 0 {
            let piece = try channel.octets(within: Self.pieceSeconds)
            guard piece.count <= left else {
                throw WorkFailure(.refused, "\(order.file) is longer than was said")
            }
            try Files.write("receive.write", to: file, piece)
            left -= piece.count
        }
        guard let manifest = order.manifest else { return }
        let beside = try Files.open(
            "receive.open", folder.backup + BackupFolder.manifestSuffix,
            .replacing(mode: 0o600))
        try Files.write("receive.manifest", to: beside, Array(manifest.utf8))
    }
}
