import Testing

@testable import Control

@Suite("Durations, sizes and times as text")
struct TextTests {
    @Test(
        "Durations",
        arguments: [
            ("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000),
            ("2d", 172_800_000), ("1m30s", 90_000), ("1.5s", 1500), ("0", 0), ("0s", 0),
        ] as [(String, Int64)])
    func durations(text: String, milliseconds: Int64) {
        #expect(TimeSpan(text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no duration",
        arguments: [
            "", "30", "s", "1 s", "-1s", "+1s", "1us", "0.5ms", "1S", ".5s", "1.s", "1e3s",
            "36501d", "1s1", "٣s",
        ])
    func noDurations(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test("The longest duration passes, one millisecond more does not")
    func longestDuration() {
        #expect(TimeSpan("36500d")?.milliseconds == TimeSpan.millisecondsMax)
        #expect(TimeSpan("\(TimeSpan.millisecondsMax + 1)ms") == nil)
    }

    @Test("A duration is printed as it is usually written, and reads back")
    func printedDurations() {
        let texts = ["0s", "250ms", "1500ms", "60s", "300s", "599s", "10m", "75m", "1h", "3601s"]
        for text in texts {
            #expect(TimeSpan(text)?.description == text)
        }
        #expect(TimeSpan("24h")?.description == "1d")
    }

    @Test("Sizes", arguments: ["0", "1B", "512B", "64KiB", "1MiB", "1536KiB", "2GiB", "1024GiB"])
    func sizes(text: String) {
        #expect(ByteSize(text)?.description == text)
    }

    @Test(
        "What is no size",
        arguments: ["", "1", "64KB", "1 MiB", "-1B", "1.5KiB", "1025GiB", "1TiB", "B"])
    func noSizes(text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(
        "Times",
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2026-01-15T14:30:00.123Z", 1_768_487_400_123),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
            ("9999-12-31T23:59:59.999Z", Timestamp.millisecondsMax),
        ] as [(String, Int64)])
    func times(text: String, milliseconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no time",
        arguments: [
            "", "2026-01-15", "2026-01-15T14:30:00Z", "2026-02-29T00:00:00.000Z",
            "2026-13-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "1969-12-31T23:59:59.999Z",
            "2026-01-15 14:30:00.123Z",
        ])
    func noTimes(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Every day of four centuries reads back")
    func everyDay() {
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            let time = Timestamp(milliseconds: day * 86_400_000)
            #expect(Timestamp(time.description) == time)
        }
    }
}
