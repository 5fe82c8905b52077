import Foundation
import Testing

@testable import Board

@Suite("Processes on one board", .serialized)
struct TortureTests {
    /// Beside the test's own executable.
    private var executable: String {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent("board-torture").path
    }

    @Test(
        "Ten thousand flips with processes stopped and killed: nobody runs where a drain was seen",
        .timeLimit(.minutes(3)))
    func nobodyRunsAfterTheDrain() throws {
        let torture = try Torture(
            workers: 6, mode: "honest", executable: executable, seed: 20_261_122)
        let result = try torture.run(flips: 10_000)
        #expect(result.violations == 0)
        #expect(result.flips == 10_000)
        #expect(result.kills == 100)
        #expect(result.stops > 1_000)
        #expect(result.finished > 10_000)
        #expect(result.leftInFlight == 0)
    }

    @Test("The same without the second look is caught", .timeLimit(.minutes(3)))
    func theSecondLookIsNeeded() throws {
        let torture = try Torture(
            workers: 6, mode: "hasty", executable: executable, seed: 20_261_122)
        #expect(try torture.run(flips: 10_000).violations > 0)
    }
}
