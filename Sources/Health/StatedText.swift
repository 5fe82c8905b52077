/// Migrations stated in a file, or by a command's output.
public enum StatedText {
    /// More than any list of migrations; what is beyond is refused, not cut.
    public static let bytesMax = 256 * 1024

    /// JSON is read like a health answer (`migration`, `migrations`), a list of names like its
    /// `migrations`; of plain text one line is the latest migration, several are all that is known,
    /// oldest first. A byte order mark, with which some editors and shells begin, says nothing.
    /// `source`: for a person.
    public static func migrations(_ octets: [UInt8], source: String) -> StatedMigrations {
        guard octets.count <= bytesMax else {
            return .nothing(reason: "\(source) is longer than \(bytesMax / 1024) KiB")
        }
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let octets = octets.starts(with: mark) ? Array(octets.dropFirst(mark.count)) : octets
        let first = octets.first { !isSpace($0) }
        let isList = first == UInt8(ascii: "[")
        if isList || first == UInt8(ascii: "{") {
            let whole =
                isList ? Array(#"{"migrations":"#.utf8) + octets + [UInt8(ascii: "}")] : octets
            let stated = HealthDocument(whole).migrations(field: "migration")
            guard case .nothing = stated else { return stated }
            return .nothing(
                reason: "\(source) is JSON without `migration` or `migrations`, and no list of "
                    + "names")
        }
        let lines = octets.split { $0 == 0x0a || $0 == 0x0d }
            .map { $0.drop(while: isSpace).reversed().drop(while: isSpace).reversed() }
            .filter { !$0.isEmpty }
        let names = lines.map { String(decoding: $0, as: UTF8.self) }
        guard !names.isEmpty else { return .nothing(reason: "\(source) is empty") }
        let isSound = names.allSatisfy { name in
            name.utf8.count <= StatedMigrations.nameBytesMax
                && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        }
        guard isSound, names.count <= StatedMigrations.namesMax else {
            return .nothing(reason: "\(source) is no list of migrations, one a line")
        }
        return names.count == 1 ? .latest(names[0]) : .known(names)
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || (0x09...0x0d).contains(octet)
    }
}
