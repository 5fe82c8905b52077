/// When something is done by the clock, in local time: `daily 03:00`, `weekly Sun 04:00`,
/// `every 6h`.
public struct BackupSchedule: Hashable, Sendable, LosslessStringConvertible {
    public enum Rule: Hashable, Sendable {
        /// `hour`: 0 to 23, `minute`: 0 to 59.
        case daily(hour: Int, minute: Int)
        /// `day`: 1 for Sunday to 7, as calendars count.
        case weekly(day: Int, hour: Int, minute: Int)
        /// So long after the last one.
        case every(hours: Int)
    }

    public let rule: Rule

    /// A month: with less nobody would remember that there is a schedule.
    public static let hoursRange = 1...744
    public static let expected =
        "\"daily HH:MM\", \"weekly DAY HH:MM\" (Mon to Sun) or \"every Nh\", like \"daily 03:00\""

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    public init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("daily", 2):
            guard let (hour, minute) = Self.time(words[1]) else { return nil }
            rule = .daily(hour: hour, minute: minute)
        case ("weekly", 3):
            guard let (hour, minute) = Self.time(words[2]),
                let day = Self.days.firstIndex(of: words[1])
            else { return nil }
            rule = .weekly(day: day + 1, hour: hour, minute: minute)
        case ("every", 2):
            guard words[1].last == "h", words[1].first != "0", words[1].first != "+",
                let hours = Int(words[1].dropLast()), Self.hoursRange.contains(hours)
            else { return nil }
            rule = .every(hours: hours)
        case _: return nil
        }
    }

    private static func time(_ text: String) -> (hour: Int, minute: Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
        else { return nil }
        return (hour, minute)
    }

    public var description: String {
        switch rule {
        case .daily(let hour, let minute): "daily \(Self.text(hour, minute))"
        case .weekly(let day, let hour, let minute):
            "weekly \(Self.days[day - 1]) \(Self.text(hour, minute))"
        case .every(let hours): "every \(hours)h"
        }
    }

    private static func text(_ hour: Int, _ minute: Int) -> String {
        "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }
}
