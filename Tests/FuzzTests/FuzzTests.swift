import FuzzBodies
import Testing

/// What the fuzzers found stays found.
@Suite("Fuzzing")
struct FuzzTests {
    /// So many changed inputs a target; `make fuzz` does as many in a few milliseconds more.
    private static let mutations = 20_000

    @Test("Every kept input keeps every rule", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) throws {
        let inputs = try Corpus.load(target)
        #expect(inputs.count > 20)
        for input in inputs {
            if let broken = target.run(input) { Issue.record("\(broken): \(input)") }
        }
    }

    @Test("Kept inputs that are changed at random keep every rule", arguments: FuzzTarget.allCases)
    func mutated(target: FuzzTarget) throws {
        let inputs = try Corpus.load(target)
        var random = Mutator(seed: 2_026)
        for _ in 0..<Self.mutations {
            let input = random.change(inputs[random.below(inputs.count)], with: inputs)
            if let broken = target.run(input) {
                Issue.record("\(broken): \(input)")
                return
            }
        }
    }
}

/// Changes inputs as libFuzzer does, the same way for the same seed.
private struct Mutator {
    private var state: UInt64
    /// What heads and chunks are made of.
    private static let pieces: [[UInt8]] = [
        "\r\n", "\r\n\r\n", " ", "\t", ":", ";", ",", "0", "5", "f", "\r", "\n", "\0", "\u{7f}",
        "HTTP/1.1", "HTTP/1.0", "GET ", "POST ", "Content-Length: ", "Transfer-Encoding: ",
        "chunked", "Connection: ", "close", "Host: ", "Upgrade: ", "websocket", "Expect: ",
        "100-continue", "X-Forwarded-For: ", "200", "101", "204", "9223372036854775807", "%",
    ].map { Array($0.utf8) }

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(1, bound)))
    }

    mutating func change(_ input: [UInt8], with others: [[UInt8]]) -> [UInt8] {
        var octets = input
        for _ in 0...below(4) {
            let at = below(octets.count + 1)
            switch below(6) {
            case 0: if at < octets.count { octets[at] = UInt8(below(256)) }
            case 1: if at < octets.count { octets[at] ^= 1 << UInt8(below(8)) }
            case 2: octets.insert(contentsOf: Self.pieces[below(Self.pieces.count)], at: at)
            case 3: octets.removeSubrange(at..<min(octets.count, at + below(8)))
            case 4:
                let end = min(octets.count, at + below(32))
                octets.insert(contentsOf: octets[at..<end], at: at)
            default:
                let other = others[below(others.count)]
                octets = Array(octets[..<at]) + other.suffix(below(other.count + 1))
            }
        }
        return octets
    }
}
