/// The size that a script gives the pages of the live file, which no copy tells: a database without
/// a name keeps the size that it has.
///
/// SQLite changes it with the next VACUUM, unless the file is in WAL mode
/// (https://sqlite.org/pragma.html#pragma_page_size).
struct PageSize {
    /// In octets.
    private(set) var bytes: Int
    private var isLog: Bool
    private var wanted: Int?

    /// `isLog`: whether the live file is in WAL mode before the script. `bytes`: its page size.
    init(after sql: String, bytes: Int, isLog: Bool) {
        self.bytes = bytes
        self.isLog = isLog
        let tokens = SQLToken.all(in: sql)
        for statement in tokens.split(whereSeparator: { $0.isMark(";") }) {
            read(statement.filter { !$0.isWord("main") && !$0.isMark(".") })
        }
    }

    private mutating func read(_ statement: [SQLToken]) {
        if statement.first?.isWord("vacuum") == true {
            guard let wanted, !isLog, !statement.contains(where: { $0.isWord("into") }) else {
                return
            }
            bytes = wanted
            return
        }
        guard statement.count >= 4, statement[0].isWord("pragma"),
            statement[2].isMark("=") || statement[2].isMark("(")
        else { return }
        let value = statement[3]
        if statement[1].isWord("journal_mode") {
            isLog = value.asName.asciiLowercased == "wal"
        } else if statement[1].isWord("page_size"), let size = Int(value.text),
            512...65_536 ~= size, size & (size - 1) == 0
        {
            wanted = size
        }
    }
}
