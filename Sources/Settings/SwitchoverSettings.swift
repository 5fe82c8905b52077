public import Control

/// What a switch does when its command does not say otherwise.
public struct SwitchoverSettings: Hashable, Sendable {
    public var mode = SwitchMode.handover
    /// The longest that a hold lasts, whatever happens: below the 30 s at which browsers' users
    /// and most clients give up.
    public var holdTimeout = TimeSpan.seconds(10)
    /// Requests that may wait, in all workers together; they may overshoot by one a worker.
    public var holdRequests = 10_000
    /// Octets that may wait with them; more are answered 503 with Retry-After.
    public var holdBytes = ByteSize.mebibytes(64)
    /// For what is in flight; not above `holdTimeout`, for the hold would end first.
    public var drainTimeout = TimeSpan.seconds(8)
    /// WebSocket and SSE on the old color, counted from the switch; no command waits for it.
    public var streamGrace = TimeSpan.seconds(30)
    /// How long the new color is compared with the old one after the switch; 0: not at all.
    public var watch = TimeSpan.seconds(30)
    /// By how much the share of 5xx and resets may exceed the old color's.
    public var maxErrorRate = Percent(hundredths: 100)

    public init() {}

    /// Above five minutes every client has left.
    public static let holdTimeoutRange = TimeSpan.milliseconds(1)...TimeSpan.seconds(300)
    public static let holdRequestsRange = 0...1_000_000
    public static let holdBytesRange = ByteSize(bytes: 0)...ByteSize.mebibytes(65_536)
    public static let streamGraceRange = TimeSpan.zero...TimeSpan.seconds(86_400)
    public static let watchRange = TimeSpan.zero...TimeSpan.seconds(3600)
}

/// What `deploy` does when its command does not say otherwise.
public struct DeploySettings: Hashable, Sendable {
    public typealias Hold = DeployHold

    public var hold = Hold.writes
    /// Longer than a switch's: a migration runs within it.
    public var holdTimeout = TimeSpan.seconds(60)
    /// Of the command that starts the new version.
    public var timeout = TimeSpan.seconds(300)

    public init() {}

    public static let timeoutRange = TimeSpan.seconds(1)...TimeSpan.seconds(86_400)
}

/// A share, to a hundredth of a percent: `1%`, `0.25%`.
public struct Percent: Hashable, Sendable, LosslessStringConvertible {
    /// Of a percent; 0 to 10 000.
    public let hundredths: Int

    /// Clamped into 0 % to 100 %.
    public init(hundredths: Int) { self.hundredths = min(max(0, hundredths), 10_000) }

    public static let expected = "a share from 0% to 100%, like 1% or 0.5%"

    /// nil without the sign, with more than two decimals, or outside 0 to 100.
    public init?(_ text: String) {
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard text.hasSuffix("%"), 1...2 ~= parts.count,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let whole = Int(parts[0]), whole <= 100
        else { return nil }
        let decimals = parts.count == 2 ? parts[1] : ""
        guard decimals.count <= 2, let fraction = Int((decimals + "00").prefix(2)),
            whole * 100 + fraction <= 10_000
        else { return nil }
        self.init(hundredths: whole * 100 + fraction)
    }

    /// 0 to 1.
    public var share: Double { Double(hundredths) / 10_000 }

    public var description: String {
        let (whole, fraction) = hundredths.quotientAndRemainder(dividingBy: 100)
        if fraction == 0 { return "\(whole)%" }
        if fraction % 10 == 0 { return "\(whole).\(fraction / 10)%" }
        return fraction < 10 ? "\(whole).0\(fraction)%" : "\(whole).\(fraction)%"
    }
}
