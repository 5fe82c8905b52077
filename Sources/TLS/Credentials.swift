/// What TLS needs of files, as the one process that may read them hands it to the workers: every
/// listener's certificates, and whom connections to targets believe. Workers see contents, never
/// files.
public struct Credentials: Hashable, Sendable {
    /// Rises whenever the files are read again; 0 at the start.
    public var version: UInt64
    /// One list a listener, in the order of the configuration; empty for a plain one.
    public var listeners: [[Certificate.Files]]
    /// One a service: PEM, whose certificates are believed of its targets; empty: the system's.
    public var anchors: [[UInt8]]

    public init(version: UInt64, listeners: [[Certificate.Files]], anchors: [[UInt8]]) {
        self.version = version
        self.listeners = listeners
        self.anchors = anchors
    }

    /// As it goes to another process: numbers of eight octets, and texts behind their lengths.
    public var octets: [UInt8] {
        var octets: [UInt8] = []
        Self.append(Int(version), to: &octets)
        Self.append(listeners.count, to: &octets)
        for files in listeners {
            Self.append(files.count, to: &octets)
            for file in files {
                let paths = [file.certificatePath, file.keyPath, file.ocspPath]
                for part in paths.map({ Array($0.utf8) }) + [file.chain, file.key, file.ocsp] {
                    Self.append(part, to: &octets)
                }
            }
        }
        Self.append(anchors.count, to: &octets)
        for anchor in anchors { Self.append(anchor, to: &octets) }
        return octets
    }

    /// nil for octets that `octets` has not made.
    public init?(_ octets: [UInt8]) {
        var rest = octets[...]
        guard let version = Self.number(&rest), let count = Self.number(&rest) else { return nil }
        self.init(version: UInt64(version), listeners: [], anchors: [])
        for _ in 0..<count {
            guard let files = Self.files(&rest) else { return nil }
            listeners.append(files)
        }
        guard let count = Self.number(&rest) else { return nil }
        for _ in 0..<count {
            guard let anchor = Self.part(&rest) else { return nil }
            anchors.append(anchor)
        }
        guard rest.isEmpty else { return nil }
    }

    private static func files(_ rest: inout ArraySlice<UInt8>) -> [Certificate.Files]? {
        guard let count = number(&rest) else { return nil }
        var list: [Certificate.Files] = []
        for _ in 0..<count {
            guard let certificatePath = part(&rest), let keyPath = part(&rest),
                let ocspPath = part(&rest), let chain = part(&rest), let key = part(&rest),
                let ocsp = part(&rest)
            else { return nil }
            var files = Certificate.Files(
                certificatePath: String(decoding: certificatePath, as: UTF8.self),
                keyPath: String(decoding: keyPath, as: UTF8.self), chain: chain, key: key)
            files.ocspPath = String(decoding: ocspPath, as: UTF8.self)
            files.ocsp = ocsp
            list.append(files)
        }
        return list
    }

    private static func append(_ number: Int, to octets: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private static func append(_ part: [UInt8], to octets: inout [UInt8]) {
        append(part.count, to: &octets)
        octets += part
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= 8 else { return nil }
        let number = rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        return Int(exactly: number)
    }

    private static func part(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let count = number(&rest), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
