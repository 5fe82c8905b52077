internal import HTTPTypes

/// A month of the Gregorian calendar, `2026-01`.
struct Month: Hashable, Sendable, CustomStringConvertible {
    let description: String

    /// nil where the text is no month.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count == 7, Day("\(text)-01") != nil else { return nil }
        description = String(text)
    }

    /// Of a query; throws a `Problem` of status 400.
    init(asked text: some StringProtocol) throws {
        guard let month = Month(text) else {
            throw Problem(.badRequest, "`month` is a month such as 2026-01")
        }
        self = month
    }

    var firstDay: String { "\(description)-01" }
    /// Days are compared as text: no day of the month lies beyond.
    var lastDay: String { "\(description)-31" }
}

/// A day of the Gregorian calendar, `2026-01-15`.
struct Day: Hashable, Sendable, CustomStringConvertible {
    let description: String

    /// nil where the text is no day, the 30th of February included.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3,
            parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...Self.days(of: month, in: year)).contains(day)
        else { return nil }
        description = text
    }

    private static func days(of month: Int, in year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
