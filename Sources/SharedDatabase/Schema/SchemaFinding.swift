/// One difference between two schemas, and what it does to code that was written for the older.
public struct SchemaFinding: Codable, Hashable, Sendable {
    public enum Verdict: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
        /// Code of the older schema does not notice.
        case safe
        /// It goes on, but may read, keep or order something otherwise than it thinks.
        case warn
        /// A statement of it fails, or it reads what it cannot decode.
        case breaks = "break"

        private var weight: Int {
            switch self {
            case .safe: 0
            case .warn: 1
            case .breaks: 2
            }
        }

        public static func < (left: Self, right: Self) -> Bool { left.weight < right.weight }
    }

    /// `column-dropped:transactions.note`: the same for the same change in every run, and safe to
    /// write in a shell.
    public let id: String
    public let verdict: Verdict
    /// What changed, and what that does to the older code.
    public let sentence: String
    /// How the same is done so that both versions live with it; empty where all is well.
    public let remedy: String

    /// `object` names what changed, from the outside in.
    init(
        _ verdict: Verdict, _ kind: SchemaChange, _ object: [String], _ sentence: String
    ) {
        let name = object.map(Self.escaped).joined(separator: ".")
        id = kind.rawValue + (name.isEmpty ? "" : ":" + name)
        self.verdict = verdict
        self.sentence = sentence
        remedy = verdict == .safe ? "" : kind.remedy
    }

    /// Lower case, since SQLite's names know none; what a shell or a dot could turn into something
    /// else is written as `%20`.
    private static func escaped(_ name: String) -> String {
        var octets: [UInt8] = []
        for octet in name.asciiLowercased.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
                octets.append(octet)
            case _:
                let digits = String(octet, radix: 16)
                octets += Array(("%" + (digits.count < 2 ? "0" : "") + digits).utf8)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension [SchemaFinding] {
    /// The worst of them; safe where there are none.
    public var verdict: SchemaFinding.Verdict { map(\.verdict).max() ?? .safe }

    /// The worst first, then by ID.
    var ordered: [SchemaFinding] {
        sorted { $0.verdict == $1.verdict ? $0.id < $1.id : $0.verdict > $1.verdict }
    }
}
