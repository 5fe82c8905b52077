import Bytes
import HTTP
import Testing

@Suite("The PROXY protocol's header")
struct ProxyHeaderTests {
    private func parse(_ octets: [UInt8]) -> ProxyHeader.Outcome {
        ProxyHeader.parse(octets.span.octets)
    }

    private func parse(_ text: String) -> ProxyHeader.Outcome { parse(Array(text.utf8)) }

    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]

    @Test("A line of version 1 gives the client's address and its own length")
    func line() {
        let four = "PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n"
        #expect(
            parse(four + "GET /") == .complete(count: four.utf8.count, client: .ipv4(0xc000_0207)))
        let six = "PROXY TCP6 2001:db8::1 ::1 5000 443\r\n"
        #expect(
            parse(six) == .complete(count: six.utf8.count, client: .ipv6(0x2001_0db8 << 32, 1)))
        let unknown = "PROXY UNKNOWN whatever\r\n"
        #expect(parse(unknown) == .complete(count: unknown.utf8.count, client: nil))
    }

    @Test("A zero alone is a number, and an IPv4 address in the form of IPv6 is an IPv4 address")
    func numbers() {
        for (line, client) in [
            ("TCP4 10.0.0.0 0.0.0.0 0 65535", PeerAddress.ipv4(0x0a00_0000)),
            ("TCP6 ::ffff:192.0.2.7 ::FFFF:1.2.3.4 5000 443", .ipv4(0xc000_0207)),
            ("TCP6 0:0:0:0:0:ffff:c000:0207 ::1 5000 443", .ipv4(0xc000_0207)),
            ("TCP6 64:ff9b::192.0.2.7 ::1 1 2", .ipv6(0x64_ff9b << 32, 0xc000_0207)),
            ("TCP6 2001:0db8::0001 ::1 1 2", .ipv6(0x2001_0db8 << 32, 1)),
        ] {
            let octets = "PROXY \(line)\r\n"
            #expect(parse(octets) == .complete(count: octets.utf8.count, client: client))
        }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 192, 0, 2, 7]
        let binary = Self.signature + [0x21, 0x21, 0, 36] + mapped + mapped + [0, 1, 0, 2]
        #expect(parse(binary) == .complete(count: 52, client: .ipv4(0xc000_0207)))
    }

    @Test("Every beginning of a valid header waits for more")
    func beginnings() {
        let line = Array("PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n".utf8)
        let binary =
            Self.signature + [0x21, 0x11, 0, 12, 192, 0, 2, 7, 198, 51, 100, 1, 0, 80, 1, 187]
        for whole in [line, binary] {
            for count in 0..<whole.count {
                #expect(parse([UInt8](whole[..<count])) == .incomplete, "\(count)")
            }
        }
        #expect(parse(binary) == .complete(count: 28, client: .ipv4(0xc000_0207)))
    }

    @Test(
        "What can never become a header is refused at once",
        arguments: [
            "GET / HTTP/1.1\r\n", "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n", "PROXX",
            "PROXY TCP4 1.2.3.4 1.2.3.4 1 70000\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
            "PROXY TCP4 256.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP6 1::2::3 ::1 1 2\r\n",
            "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
            "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
            // Section 2.1: no zeros before a number.
            "PROXY TCP4 010.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.00 1 2\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 00\r\n",
            "PROXY TCP4 1.2.3.4 1.2.3.4  2\r\n", "PROXY TCP6 ::1.2.3.4:1 ::1 1 2\r\n",
            "PROXY TCP6 1.2.3.4::1 ::1 1 2\r\n", "PROXY TCP6 ::-0 ::1 1 2\r\n",
            "PROXY TCP6 1.2.3.4 ::1 1 2\r\n", "PROXY TCP6 ::ffff:1.2.3.04 ::1 1 2\r\n",
            "PROXY TCP6 1:2:3:4:5:6:7:1.2.3.4 ::1 1 2\r\n",
        ])
    func refused(_ text: String) {
        #expect(parse(text) == .refused)
    }

    @Test("A line of 107 octets is taken, one of 108 is not")
    func lineLength() {
        func line(_ count: Int) -> String {
            let filled = "PROXY UNKNOWN "
            return filled + String(repeating: "x", count: count - filled.utf8.count - 2) + "\r\n"
        }
        #expect(parse(line(107)) == .complete(count: 107, client: nil))
        #expect(parse(line(108)) == .refused)
    }

    @Test("Version 2: LOCAL keeps the peer, lengths are bounded, short addresses are refused")
    func binary() {
        let local = Self.signature + [0x20, 0x00, 0, 0]
        #expect(parse(local) == .complete(count: 16, client: nil))
        #expect(
            parse(Self.signature + [0x21, 0x11, 0, 11] + [UInt8](repeating: 0, count: 11))
                == .refused)
        #expect(parse(Self.signature + [0x31, 0x11, 0, 12]) == .refused)
        #expect(parse(Self.signature + [0x22, 0x11, 0, 12]) == .refused)
        #expect(parse(Self.signature + [0x21, 0x11, 0x10, 0x01]) == .refused)
        #expect(parse(Self.signature + [0x21, 0x11, 0x10, 0x00]) == .incomplete)
        let six = Self.signature + [0x21, 0x21, 0, 36] + [UInt8](repeating: 1, count: 36)
        #expect(
            parse(six)
                == .complete(
                    count: 52, client: .ipv6(0x0101_0101_0101_0101, 0x0101_0101_0101_0101)))
    }
}
