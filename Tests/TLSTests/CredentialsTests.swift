import TLS
import Testing

@Suite("What workers get of files")
struct CredentialsTests {
    private var credentials: Credentials {
        var files = Certificate.Files(
            certificatePath: "/a.pem", keyPath: "/a key.pem", chain: [1, 2, 3], key: [4])
        files.ocspPath = "/a.ocsp"
        files.ocsp = [5, 6]
        return Credentials(
            version: 7, listeners: [[], [files, files]], anchors: [[], [9, 10]])
    }

    @Test("Written and read again they are the same")
    func roundTrip() {
        #expect(Credentials(credentials.octets) == credentials)
        let none = Credentials(version: 0, listeners: [], anchors: [])
        #expect(Credentials(none.octets) == none)
    }

    @Test("Any octets less, or one more, are refused")
    func damaged() {
        let octets = credentials.octets
        for count in octets.indices { #expect(Credentials(Array(octets[..<count])) == nil) }
        #expect(Credentials(octets + [0]) == nil)
    }

    @Test("A length that no memory has is refused")
    func impossible() {
        var octets = credentials.octets
        for place in 8..<16 { octets[place] = 0xff }
        #expect(Credentials(octets) == nil)
        octets[8] = 0x7f
        #expect(Credentials(octets) == nil)
    }
}
