/// Whether everybody holds the same file. Two files of equal content pass every other check, and
/// what is written to one of them is lost.
enum SplitJudge {
    /// nil where nothing speaks against it. `file`: nil where none is there.
    static func judge(
        _ file: FileIdentity?, _ stated: [StatedFile], _ lost: [LostFile], path: String
    ) -> GateJudgement? {
        let others = stated.filter { file.map($0.isFile) != true }
        if lost.isEmpty && (others.isEmpty || file == nil) { return nil }
        let seen = lost.map(\.description) + others.map { words($0) }
        let expected =
            file.map { "everybody to hold \($0.path), device \($0.device), inode \($0.inode)" }
            ?? "the file at \(path)"
        return GateJudgement(
            .split, saw: seen.joined(separator: "; "), expected: expected, hint: hint(lost))
    }

    private static func words(_ file: StatedFile) -> String {
        let device = file.device.map { "device \($0), " } ?? ""
        return "\(file.who) states \(device)inode \(file.inode)"
    }

    private static func hint(_ lost: [LostFile]) -> String {
        guard let first = lost.first else {
            return "mount one volume, and the folder instead of the file, into both colors and "
                + "here; check the path of the database in the configuration of each"
        }
        return "what that process writes is lost when it ends: stop writes (bascule maintenance "
            + "on), save what it holds (cp /proc/\(first.process)/fd/N), then restart it; never "
            + "replace or remove the file of a running application (bascule db restore FILE)"
    }
}
