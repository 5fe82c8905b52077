import Bytes
import Kernel

/// What is fuzzed: each takes any octets and says what rule they made the code break, if one.
///
/// libFuzzer drives these (`make fuzz`), and a test replays what it found. That nothing traps is
/// the first rule; the others are what a trap would not show: the same octets mean the same however
/// they arrive, and what is written on is read again as what it was.
public enum FuzzTarget: Int, CaseIterable, Sendable {
    case request, response, chunks, fields, exchange, http2

    public var name: String { "\(self)" }

    /// nil: every rule held.
    public func run(_ octets: [UInt8]) -> String? {
        switch self {
        case .request: RequestFuzz.run(octets)
        case .response: ResponseFuzz.run(octets)
        case .chunks: ChunkFuzz.run(octets)
        case .fields: FieldFuzz.run(octets)
        case .exchange: ExchangeFuzz.run(octets)
        case .http2: HTTP2Fuzz.run(octets)
        }
    }
}

/// What libFuzzer's driver calls; a broken rule is a crash to it.
@_cdecl("bascule_fuzz")
public func fuzz(_ target: Int32, _ octets: UnsafePointer<UInt8>?, _ count: Int) {
    let target = FuzzTarget(rawValue: Int(target)) ?? .request
    // SAFETY: libFuzzer's octets live as long as the call, and are only read.
    let input = unsafe Array(UnsafeBufferPointer(start: octets, count: count))
    guard let broken = target.run(input) else { return }
    ThisProcess.write("\(target.name): \(broken)\n")
    preconditionFailure("a rule is broken")
}

extension [UInt8] {
    func text(_ range: ByteRange) -> [UInt8] { Array(self[range.lowerBound..<range.upperBound]) }
}

extension ByteBuffer {
    /// A copy of what is in it.
    func copy() -> [UInt8] {
        let bytes = bytes
        return (0..<bytes.byteCount).map { bytes[octet: $0] }
    }
}
