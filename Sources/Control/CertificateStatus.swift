/// One certificate that a listener shows, as `status` has it.
public struct CertificateStatus: Hashable, Sendable {
    /// `0.0.0.0:443`.
    public var listener: String
    /// The file.
    public var path: String
    /// Every name that it is for.
    public var names: [String]
    public var key: KeyKind
    public var notBefore: Timestamp
    public var notAfter: Timestamp
    /// What was doubtful when it was read, its days aside: self-signed, an incomplete chain.
    public var doubts: [String]
    /// Until when its OCSP response may be stapled; nil where none is.
    public var stapledUntil: Timestamp?
    /// What its days have to say now; nil while nothing has to be done.
    public var warning: String?

    public enum KeyKind: String, Codable, Hashable, Sendable { case rsa, ecdsa }

    public init(
        listener: String, path: String, names: [String], key: KeyKind, notBefore: Timestamp,
        notAfter: Timestamp, doubts: [String]
    ) {
        self.listener = listener
        self.path = path
        self.names = names
        self.key = key
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.doubts = doubts
    }
}

extension CertificateStatus: Codable {
    private enum CodingKeys: String, CodingKey {
        case listener, path, names, key, doubts, warning
        case notBefore = "not_before"
        case notAfter = "not_after"
        case stapledUntil = "stapled_until"
    }
}

extension CertificateStatus {
    /// How near the end is. Certificates of Let's Encrypt are renewed 30 days before it: who sees
    /// the first of these has a renewal that fails; 14 and 3 leave two weeks and a working day.
    public enum Urgency: Int, Comparable, CaseIterable, Sendable {
        case none, soon, near, now, over

        /// The days that are left where it begins.
        static let days: [(Urgency, Int)] = [(.now, 3), (.near, 14), (.soon, 30)]

        public static func < (left: Urgency, right: Urgency) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    /// Exactly N days before the end counts as N days left.
    public func urgency(at now: Timestamp) -> Urgency {
        if now >= notAfter || now < notBefore { return .over }
        let left = notAfter.milliseconds(since: now)
        return Urgency.days.first { left <= Int64($0.1) * Self.dayMilliseconds }?.0 ?? .none
    }

    /// In one sentence; nil while its days give no reason for one.
    public func daysWarning(at now: Timestamp) -> String? {
        if now >= notAfter { return "expired at \(notAfter)" }
        if now < notBefore { return "not valid before \(notBefore)" }
        guard urgency(at: now) > .none else { return nil }
        let hours = notAfter.milliseconds(since: now) / 3_600_000
        if hours == 1 { return "expires in 1 hour" }
        return hours < 72 ? "expires in \(hours) hours" : "expires in \(hours / 24) days"
    }

    /// That there was a response to staple, and is none any more; nil otherwise.
    public func staplingWarning(at now: Timestamp) -> String? {
        guard let stapledUntil, now >= stapledUntil else { return nil }
        return "its OCSP response expired at \(stapledUntil): not stapled"
    }

    /// With the warning and the doubts of this moment.
    public func seen(at now: Timestamp) -> CertificateStatus {
        var seen = self
        seen.warning = daysWarning(at: now)
        if let doubt = staplingWarning(at: now) { seen.doubts.append(doubt) }
        return seen
    }
}

/// What the controller is told of certificates: everything but the keys.
public struct CredentialFacts: Codable, Hashable, Sendable {
    /// The running configuration with its defaults filled in, as JSON.
    public var configuration: String
    public var certificates: [CertificateStatus]
    /// One a service: PEM, whose certificates are believed of its targets; empty: the system's.
    public var anchors: [String]

    public init(configuration: String, certificates: [CertificateStatus], anchors: [String]) {
        self.configuration = configuration
        self.certificates = certificates
        self.anchors = anchors
    }
}
