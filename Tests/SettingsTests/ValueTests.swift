import Kernel
import Testing

@testable import Settings

@Suite("Values with a text of their own")
struct ValueTests {
    @Test(
        "Targets",
        arguments: [
            "127.0.0.1:5001", "[::1]:5001", "app:1", "https://app:65535", "unix:/run/app.sock",
        ])
    func targets(text: String) {
        #expect(TargetAddress(text)?.description == text)
    }

    @Test(
        "What is no target",
        arguments: [
            "", ":80", "app", "app:0", "app:65536", "app:+1", "http://app:1", "app:1/path",
            "unix:", "unix:run/app.sock", "https://unix:/run/app.sock", "a b:1", "-a:1",
            "127.0.0:1", "[::1]", "::1:80", "https://",
        ])
    func noTargets(text: String) {
        #expect(TargetAddress(text) == nil)
    }

    @Test("A path of 107 octets fits a unix socket, 108 do not")
    func unixPathLength() {
        let path = "unix:/" + String(repeating: "a", count: 106)
        #expect(TargetAddress(path) != nil)
        #expect(TargetAddress(path + "a") == nil)
    }

    @Test("A label of 63 letters is a host name, 64 are not")
    func labelLength() {
        let label = String(repeating: "a", count: 63)
        #expect(HostName(label) != nil)
        #expect(HostName(label + "a") == nil)
    }

    @Test("An address range contains its first and its last address and no other")
    func rangeEnds() throws {
        let range = try #require(AddressRange("10.1.0.0/16"))
        #expect(range.contains(.ipv4(0x0a01_0000, port: 1)))
        #expect(range.contains(.ipv4(0x0a01_ffff, port: 1)))
        #expect(!range.contains(.ipv4(0x0a00_ffff, port: 1)))
        #expect(!range.contains(.ipv4(0x0a02_0000, port: 1)))
        #expect(!range.contains(.unix(path: "")))
    }

    @Test("IPv6 ranges, whole families, single addresses")
    func ranges() throws {
        let six = try #require(AddressRange("fd00::/8"))
        #expect(six.contains(.ipv6(0xfdff_0000_0000_0000, 1, port: 1)))
        #expect(!six.contains(.ipv6(0xfe00_0000_0000_0000, 1, port: 1)))
        let low = try #require(AddressRange("2001:db8::8000:0:0:0/65"))
        #expect(low.contains(.ipv6(0x2001_0db8_0000_0000, 0x8000_0000_0000_0001, port: 1)))
        #expect(!low.contains(.ipv6(0x2001_0db8_0000_0000, 1, port: 1)))
        let fours = try #require(AddressRange("0.0.0.0/0"))
        #expect(fours.contains(.ipv4(1, port: 1)))
        #expect(!fours.contains(.ipv6(0, 1, port: 1)))
        let one = try #require(AddressRange("192.0.2.1"))
        #expect(one.contains(.ipv4(0xc000_0201, port: 9)))
        #expect(!one.contains(.ipv4(0xc000_0202, port: 9)))
    }

    @Test(
        "What is no range",
        arguments: ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1/31", "a"])
    func noRanges(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("Shares", arguments: ["0%", "1%", "0.5%", "0.05%", "12.34%", "100%"])
    func shares(text: String) {
        #expect(Percent(text)?.description == text)
    }

    @Test("What is no share", arguments: ["", "%", "1", "100.01%", "101%", "1.234%", "-1%", ".5%"])
    func noShares(text: String) {
        #expect(Percent(text) == nil)
    }

    @Test("Schedules are daily or weekly at a minute that exists, or every so many hours")
    func schedules() {
        for text in [
            "daily 00:00", "daily 23:59", "weekly Sun 04:00", "weekly Sat 00:00", "every 1h",
            "every 6h", "every 744h",
        ] {
            #expect(BackupSchedule(text)?.description == text)
        }
        #expect(BackupSchedule("weekly Mon 04:30")?.rule == .weekly(day: 2, hour: 4, minute: 30))
        for text in [
            "", "daily", "daily 24:00", "daily 23:60", "daily 3:00", "weekly 03:00",
            "weekly sun 03:00", "weekly Son 03:00", "every 0h", "every 745h", "every 6", "every h",
            "every -6h", "every +6h", "every 06h", "every 6h 03:00",
        ] {
            #expect(BackupSchedule(text) == nil, "\(text)")
        }
    }
}
