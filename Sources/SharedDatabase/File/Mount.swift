internal import Foundation

/// The mount that a file is on, as /proc/self/mountinfo lists it (proc(5)).
struct Mount: Hashable {
    /// Where it is mounted.
    let point: String
    /// The kind of file system: `ext4`, `nfs4`, `fuse.sshfs`.
    let kind: String

    /// `path`: without symbolic links. nil where the list cannot be read: then nothing is known.
    init?(of path: String) {
        guard let table = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        else { return nil }  // No /proc: an answer, no failure.
        self.init(of: path, table: table)
    }

    /// The deepest mount above the path counts, of two at one point the later.
    init?(of path: String, table: String) {
        var best: (point: String, kind: String)?
        for line in table.split(separator: "\n") {
            // `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw`
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count > 6, let dash = words[6...].firstIndex(of: "-"),
                dash + 1 < words.endIndex
            else { continue }
            let point = Self.unescaped(words[4])
            let above = point.hasSuffix("/") ? point : point + "/"
            guard path == point || path.hasPrefix(above),
                point.utf8.count >= (best?.point.utf8.count ?? 0)
            else { continue }
            best = (point, String(words[dash + 1]))
        }
        guard let best else { return nil }
        (point, kind) = best
    }

    /// Whether SQLite's locks and its shared memory may not reach everyone who uses the file: the
    /// file systems of networks and of virtual machines' hosts (https://sqlite.org/wal.html,
    /// https://sqlite.org/howtocorrupt.html section 2.1).
    var isRemote: Bool {
        Self.remote.contains(kind) || kind == "fuse" || kind.hasPrefix("fuse.")
    }

    private static let remote: Set<String> = [
        "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "coda", "lustre", "gpfs",
        "gfs", "gfs2", "ocfs2", "beegfs", "orangefs", "pvfs2", "ncpfs",
        "9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "osxfs", "grpcfuse",
    ]

    /// Space, tab, newline and backslash stand as `\040`.
    private static func unescaped(_ text: Substring) -> String {
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            let digits = rest.prefix(3)
            if octet == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(octet)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
