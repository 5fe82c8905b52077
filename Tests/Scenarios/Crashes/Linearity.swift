import Board
import Kernel

/// What an app wrote down of one request, by the monotonic clock that all of them share.
struct AppRecord: Sendable {
    let id: String
    let color: Color
    let start: Instant
    /// nil while the app is at work on it.
    var end: Instant?
}

/// A switch that was told as done: when it was asked for, and when its command had ended.
struct ToldSwitch: Sendable {
    let to: Color
    let began: Instant
    let acknowledged: Instant
    /// In an overlap both colors may be at work between the two.
    var isHandover = true
}

/// Whether the apps' own logs are as if every switch had been one instant between its beginning
/// and its acknowledgement.
enum Linearity {
    /// What is wrong; empty where all is well. The switches are in order.
    static func violations(_ records: [AppRecord], _ switches: [ToldSwitch]) -> [String] {
        var wrong: [String] = []
        for (id, seen) in Dictionary(grouping: records, by: \.id) where seen.count > 1 {
            wrong.append("\(id) ran \(seen.count) times: \(seen.map(\.color))")
        }
        for (index, each) in switches.enumerated() {
            let next = index + 1 < switches.count ? switches[index + 1].began : .never
            let late = records.filter {
                $0.color != each.to && $0.start > each.acknowledged && $0.start < next
            }
            wrong += late.map { "\($0.id) began on \($0.color) after switch \(index) was told" }
            guard each.isHandover else { continue }
            let first = records.filter {
                $0.color == each.to && $0.start > each.began && $0.start < next
            }.map(\.start).min()
            guard let first else { continue }
            let beside = records.filter {
                $0.color != each.to && $0.start < first && $0.end ?? .never > first
            }
            wrong += beside.map { "\($0.id) ran on \($0.color) beside switch \(index)" }
        }
        return wrong
    }
}
