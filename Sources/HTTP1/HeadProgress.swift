import Bytes

/// How far a head was read that arrives in pieces, so that reading it costs the same a second
/// time at most: whole lines are parsed once as they come, octets of an unfinished line are only
/// looked at for something that ends or spoils it.
struct HeadProgress {
    /// Where the first unfinished line starts; 0 before anything was parsed.
    var lineStart: Int {
        get { Int(line) }
        set { line = UInt32(truncatingIfNeeded: newValue) }
    }
    /// How many octets were looked at.
    var seen: Int {
        get { Int(looked) }
        set { looked = UInt32(truncatingIfNeeded: newValue) }
    }
    // A head is far below 4 GiB, and each connection keeps these.
    private var line: UInt32 = 0
    private var looked: UInt32 = 0

    /// Whether anything new may end or spoil the unfinished line: a control octet, or whatever
    /// follows a CR.
    mutating func hasNews(_ bytes: RawSpan) -> Bool {
        var at = max(lineStart, seen - 1)
        let end = bytes.byteCount
        seen = end
        while at < end {
            if !OctetClass.isText(bytes[octet: at]) { return true }
            at &+= 1
        }
        return false
    }
}
