import Testing

@testable import TLS

@Suite("Names of a certificate")
struct CertificateNamesTests {
    private let names = CertificateNames(
        exact: ["a.test", "127.0.0.1"], wildcards: ["b.test"])

    @Test(
        "An exact name and one label under a wildcard are covered, in any case",
        arguments: ["a.test", "A.Test", "a.test.", "www.b.test", "WWW.B.TEST", "*.b.test"])
    func covered(_ host: String) {
        #expect(names.cover(host))
    }

    @Test(
        "The wildcard's own domain, two labels under it, and what is empty are not",
        arguments: ["b.test", "x.y.b.test", "", ".", ".b.test", "a.test.b", "*.a.test", "xa.test"])
    func notCovered(_ host: String) {
        #expect(!names.cover(host))
    }
}
