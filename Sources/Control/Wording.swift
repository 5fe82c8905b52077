/// Numbers and times as people read them.
public enum Wording {
    /// `0.4 ms`, `31.5 ms`, `120 ms`, `1.2 s`, `2 min 5 s`.
    public static func elapsed(milliseconds: Double) -> String {
        let time = max(0, milliseconds)
        if time < 99.95 { return tenths(time) + " ms" }
        if time < 999.5 { return "\(Int(time.rounded())) ms" }
        if time < 59_950 { return tenths(time / 1000) + " s" }
        let seconds = Int((time / 1000).rounded())
        let (minutes, rest) = seconds.quotientAndRemainder(dividingBy: 60)
        return rest == 0 ? "\(minutes) min" : "\(minutes) min \(rest) s"
    }

    /// `0.4`, `31.5`, `120`: one decimal where it says something.
    public static func decimal(_ number: Double) -> String { tenths(number) }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// `now`, `3 s ago`, `5 min ago`, `2 h ago`, `4 d ago`.
    public static func ago(_ time: Timestamp, now: Timestamp) -> String {
        let seconds = now.milliseconds(since: time) / 1000
        return switch seconds {
        case ..<1: "now"
        case ..<120: "\(seconds) s ago"
        case ..<7200: "\(seconds / 60) min ago"
        case ..<172_800: "\(seconds / 3600) h ago"
        case _: "\(seconds / 86_400) d ago"
        }
    }

    /// `in 8 s`; `now` for what is past.
    public static func ahead(_ time: Timestamp, now: Timestamp) -> String {
        let milliseconds = time.milliseconds(since: now)
        return milliseconds == 0 ? "now" : "in \(elapsed(milliseconds: Double(milliseconds)))"
    }

    /// `1 request`, `2 requests`, `no requests`.
    public static func count(_ number: Int, _ noun: String) -> String {
        Counting.text(number, noun)
    }

    /// `12 KiB`, `3.4 MiB`.
    public static func bytes(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        var size = Double(count) / 1024
        for unit in ["KiB", "MiB"] {
            if size < 1024 { return "\(tenths(size)) \(unit)" }
            size /= 1024
        }
        return "\(tenths(size)) GiB"
    }

    /// `anna (uid 1000, pid 4242)`.
    public static func peer(_ peer: Peer) -> String {
        "\(peer.user ?? "a user") (uid \(peer.uid), pid \(peer.pid))"
    }

    /// Text that a peer gave, safe for a terminal: control characters become `?`.
    public static func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "?" : $0
                }))
    }
}
