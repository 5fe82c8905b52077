/// The name of a migration as its tool compares it: two spellings of one name are equal here.
struct MigrationIdentifier: Hashable, Comparable, Sendable {
    /// What a tool's names are.
    enum Form: Sendable {
        /// Any text, compared by octets without regard to the case of A to Z.
        case text
        /// A number, as the name itself or before its first `_`: `00012_add_budget` is 12. Dashes
        /// in it do not count: Diesel's folder `2024-01-15-093000_budget` is 20240115093000.
        case number
        /// Numbers between dots or underscores: `1.10` is after `1.9`, `1.0` is `1`, and
        /// `V1_10__Budget.sql` names `1.10`.
        case version
        /// `app.name`: ordered within an application, and not between two.
        case application
    }

    /// Migrations of two groups have no order between them.
    let group: String
    /// Compared one by one; a number is written so that octets order it.
    private let parts: [String]

    init(_ name: String, _ form: Form) {
        let folded = name.asciiLowercased
        switch form {
        case .text:
            group = ""
            parts = [folded]
        case .number:
            group = ""
            let digits = folded.prefix { $0 != "_" }.replacing("-", with: "")
            let isNumber = !digits.isEmpty && digits.allSatisfy(\.isASCIIDigit)
            parts = [isNumber ? Self.sortable(digits) : folded]
        case .version:
            group = ""
            parts = Self.version(folded) ?? [folded]
        case .application:
            let dot = folded.firstIndex(of: ".") ?? folded.startIndex
            group = String(folded[..<dot])
            parts = [folded]
        }
    }

    static func < (left: MigrationIdentifier, right: MigrationIdentifier) -> Bool {
        for (one, other) in zip(left.parts, right.parts) where one != other {
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return left.parts.count < right.parts.count
    }

    /// Without leading zeros, its length before it: a longer number is a larger one. No integer:
    /// a name may have more digits than any.
    private static func sortable(_ digits: some StringProtocol) -> String {
        let bare = String(digits.drop { $0 == "0" })
        let length = String(bare.count)
        return String(repeating: "0", count: max(0, 6 - length.count)) + length + ":" + bare
    }

    private static func version(_ name: String) -> [String]? {
        var text = name[...]
        if text.hasPrefix("v"), let end = text.firstRange(of: "__") {
            text = text[..<end.lowerBound].dropFirst()
        }
        let numbers = text.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "_" }
        guard numbers.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }) else {
            return nil
        }
        var parts = numbers.map(sortable)
        while parts.count > 1, parts.last == sortable("") { parts.removeLast() }
        return parts
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
