import Testing

@testable import Controller

@Suite("How long something takes, in a sentence")
struct WordingTests {
    @Test(
        "is rounded",
        arguments: [
            (Duration.nanoseconds(59_983_769_703), "1 min"), (.nanoseconds(9_876_543_210), "9.9 s"),
            (.seconds(10), "10 s"), (.milliseconds(250), "250 ms"), (.seconds(90), "1 min 30 s"),
        ])
    func rounded(time: Duration, words: String) { #expect(time.inWords == words) }
}
