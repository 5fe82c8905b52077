import Bytes

/// Any octets as the field lines of a request: which of them an app gets.
enum FieldFuzz {
    /// Belong to one connection, or only Bascule says them.
    private static let dropped: Set<String> = [
        "keep-alive", "proxy-connection", "te", "http2-settings", "expect",
    ]
    /// There is one of these at most, and it is Bascule's.
    private static let single: Set<String> = [
        "host", "x-forwarded-for", "x-request-id", "x-request-start", "via",
    ]

    /// What Bascule says for a client, in the spelling that CGI cannot tell from another one.
    private static let vouched: Set<String> = [
        "content-length", "transfer-encoding", "forwarded", "x-forwarded-for",
        "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix",
        "x-real-ip", "x-request-id", "x-request-start",
    ]

    static func run(_ octets: [UInt8]) -> String? {
        let head =
            Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) + octets + Array("\r\n\r\n".utf8)
        guard let written = RequestFuzz.forward(head, isTrusted: false) else { return nil }
        var counts: [String: Int] = [:]
        for line in lines(of: written).dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                return "a line without a name"
            }
            counts[String(decoding: line[..<colon], as: UTF8.self).lowercased(), default: 0] += 1
        }
        for name in dropped where counts[name] != nil { return "\(name) was forwarded" }
        for name in single where counts[name] != 1 { return "\(counts[name] ?? 0) of \(name)" }
        let framings = ["content-length", "transfer-encoding"].map { counts[$0] ?? 0 }
        if framings.reduce(0, +) > 1 { return "two framing fields" }
        for name in counts.keys where isTwin(name) { return "the twin \(name) was forwarded" }
        for name in ["forwarded", "x-forwarded-port", "x-forwarded-prefix"]
        where counts[name] != nil {
            return "\(name) of a peer that is not trusted was forwarded"
        }
        return nil
    }

    private static func isTwin(_ name: String) -> Bool {
        name.contains("_") && vouched.contains(String(name.map { $0 == "_" ? "-" : $0 }))
    }

    /// Split at every CR LF; an octet of either alone stays where it is.
    private static func lines(of octets: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var at = 0
        while at < octets.count {
            if octets[at] == 13, at + 1 < octets.count, octets[at + 1] == 10 {
                lines.append([])
                at += 2
            } else {
                lines[lines.count - 1].append(octets[at])
                at += 1
            }
        }
        return lines.filter { !$0.isEmpty }
    }
}
