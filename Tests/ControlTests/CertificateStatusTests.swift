import Control
import Testing

@Suite("A certificate's days")
struct CertificateStatusTests {
    private let day: Int64 = 86_400_000
    private let end: Int64 = 2_000_000_000_000

    private func status() -> CertificateStatus {
        CertificateStatus(
            listener: "0.0.0.0:443", path: "/a.pem", names: ["a.test"], key: .ecdsa,
            notBefore: Timestamp(milliseconds: end - 90 * day),
            notAfter: Timestamp(milliseconds: end), doubts: [])
    }

    @Test(
        "30, 14 and 3 days before the end it is more urgent, a millisecond earlier it is not",
        arguments: [
            (30, CertificateStatus.Urgency.soon, CertificateStatus.Urgency.none),
            (14, .near, .soon), (3, .now, .near), (0, .over, .now),
        ])
    func steps(
        days: Int, at: CertificateStatus.Urgency, before: CertificateStatus.Urgency
    ) {
        let moment = end - Int64(days) * day
        #expect(status().urgency(at: Timestamp(milliseconds: moment)) == at)
        #expect(status().urgency(at: Timestamp(milliseconds: moment - 1)) == before)
    }

    @Test("Before its first moment it is as useless as after its last")
    func early() {
        let first = end - 90 * day
        #expect(status().urgency(at: Timestamp(milliseconds: first - 1)) == .over)
        #expect(status().urgency(at: Timestamp(milliseconds: first)) == .none)
        #expect(
            status().daysWarning(at: Timestamp(milliseconds: first - 1))?
                .hasPrefix("not valid before") ?? false)
    }

    @Test("A response that is over is a doubt from its last moment on")
    func stapling() throws {
        var status = status()
        let now = Timestamp(milliseconds: end - 40 * day)
        #expect(status.seen(at: now).doubts.isEmpty)
        status.stapledUntil = now
        let before = Timestamp(milliseconds: end - 40 * day - 1)
        #expect(status.seen(at: before).doubts.isEmpty)
        let seen = status.seen(at: now)
        #expect(seen.doubts == ["its OCSP response expired at \(now): not stapled"])
        #expect(
            try ControlJSON.decode(CertificateStatus.self, from: ControlJSON.encode(seen)) == seen)
    }

    @Test("The sentence counts days, then hours")
    func sentences() {
        func warning(_ milliseconds: Int64) -> String? {
            status().daysWarning(at: Timestamp(milliseconds: end - milliseconds))
        }
        #expect(warning(31 * day) == nil)
        #expect(warning(20 * day) == "expires in 20 days")
        #expect(warning(3 * day) == "expires in 3 days")
        #expect(warning(3 * day - 1) == "expires in 71 hours")
        #expect(warning(day / 24) == "expires in 1 hour")
        #expect(warning(0)?.hasPrefix("expired at") ?? false)
    }
}
