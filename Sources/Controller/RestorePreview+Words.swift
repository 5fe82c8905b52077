internal import Control
internal import SharedDatabase

extension RestorePreview {
    /// What would be lost, as far as that is known.
    var sentence: String {
        if let unreadable {
            return "what would be lost is unknown, for the live database cannot be read: "
                + unreadable
        }
        let rows = losses.map(\.lost).reduce(0, +)
        switch (rows, isExact) {
        case (0, true): return "no row would be lost"
        case (0, false): return "no loss was found, and not every row could be compared"
        case (_, true): return "\(rows) \(rows == 1 ? "row" : "rows") would be lost"
        case (_, false):
            return "\(rows) \(rows == 1 ? "row" : "rows") would be lost at the least, and not "
                + "every row could be compared"
        }
    }

    /// For the events: no losses where nobody can say.
    var details: [String: JSONValue] {
        var details: [String: JSONValue] = [
            "file": .string(file),
            "losses": unreadable == nil ? .array(losses.map(EventLog.value)) : .null,
            "exact": .bool(isExact),
        ]
        if let unreadable { details["unreadable"] = .string(unreadable) }
        return details
    }
}
