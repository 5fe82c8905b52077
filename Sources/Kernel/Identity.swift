internal import CKernel
internal import Glibc

/// A user of this machine and the groups that user is in.
public struct Identity: Hashable, Sendable {
    public let name: String
    public let user: UInt32
    public let group: UInt32
    public var groups: [UInt32]

    /// nil where there is no such user.
    public init?(user name: String) {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var text = [CChar](repeating: 0, count: 16_384)
        // SAFETY: `found` and the texts of the entry point into `entry` and `text`, which outlive
        // their use; the count of `list` bounds what getgrouplist writes.
        let result = unsafe getpwnam_r(name, &entry, &text, text.count, &found)
        guard result == 0, unsafe found != nil else { return nil }
        var list = [gid_t](repeating: 0, count: 1_024)
        var count = CInt(list.count)
        let group = unsafe entry.pw_gid
        guard unsafe getgrouplist(name, group, &list, &count) >= 0 else { return nil }
        self.name = name
        self.user = unsafe entry.pw_uid
        self.group = group
        groups = Array(list.prefix(Int(count)))
    }

    /// Whom a file belongs to; nil where there is no such file.
    public init?(ownerOf path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        name = Identity.userName(status.st_uid)
        user = status.st_uid
        group = status.st_gid
        groups = [status.st_gid]
    }

    /// The identifier of a group; nil where there is none of this name.
    public static func group(named name: String) -> UInt32? {
        var entry = unsafe Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var text = [CChar](repeating: 0, count: 65_536)
        let result = unsafe getgrnam_r(name, &entry, &text, text.count, &found)
        guard result == 0, unsafe found != nil else { return nil }
        return unsafe entry.gr_gid
    }

    /// The name of a user id; its number where it has no name.
    public static func userName(_ user: UInt32) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var text = [CChar](repeating: 0, count: 16_384)
        guard unsafe getpwuid_r(user, &entry, &text, text.count, &found) == 0,
            unsafe found != nil, let name = unsafe entry.pw_name
        else { return "\(user)" }
        return unsafe String(cString: name)
    }

    /// The groups that a user is in, by number; empty where the user is unknown.
    public static func groups(ofUser user: UInt32) -> [UInt32] {
        Identity(user: userName(user))?.groups ?? []
    }

    /// Becomes this user for good: groups first, then all three group and user ids, then it is
    /// tried to become root again, which has to fail, and no new privileges can be gained.
    ///
    /// Throws `identity.drop` with the call that failed as its subject; the process must end then.
    public func assume() throws(SystemError) {
        func check(_ succeeded: Bool, _ call: String) throws(SystemError) {
            if !succeeded { throw SystemError("identity.drop", .current, subject: call) }
        }
        try check(unsafe setgroups(groups.count, groups) == 0, "setgroups")
        try check(ck_set_group_ids(group) == 0, "setresgid")
        try check(ck_set_user_ids(user) == 0, "setresuid")
        if user != 0 {
            // A file may belong to the group of root, which is not root's rights.
            guard setuid(0) != 0, seteuid(0) != 0, group == 0 || setgid(0) != 0 else {
                throw SystemError("identity.drop", .notPermitted, subject: "root could be regained")
            }
        }
        try check(ck_prctl(PR_SET_NO_NEW_PRIVS, 1) == 0, "no_new_privs")
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        try check(unsafe setrlimit(__rlimit_resource_t(4), &none) == 0, "setrlimit core")
    }
}
