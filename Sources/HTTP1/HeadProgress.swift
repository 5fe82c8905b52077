import Bytes

/// How far a head was read that arrives in pieces, so that reading it costs the same a second
/// time at most: whole lines are parsed once as they come, octets of an unfinished line are only
/// looked at for something that ends or spoils it.
struct HeadProgress {
    /// Where the first unfinished line starts; 0 before anything was parsed.
    var lineStart = 0
    /// How many octets were looked at.
    var seen = 0

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
