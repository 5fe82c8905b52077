import Bytes
import HTTP
import HTTP1

/// Any octets as an app's answers: read at once and in pieces, written on, and read again.
enum ResponseFuzz {
    enum Read: Equatable {
        case incomplete
        case refused
        case complete(end: Int, status: UInt16, framing: BodyFraming)
    }

    private static let methods: [Method] = [.get, .head, .post, .options, .other]

    static func run(_ octets: [UInt8]) -> String? {
        guard let first = octets.first else { return nil }
        let method = methods[Int(first) % methods.count]
        let stream = Array(octets.dropFirst())
        let whole = read(stream, method, step: stream.count + 1)
        let pieces = read(stream, method, step: Int(first % 7) + 1)
        guard whole == pieces || isLate(stream, method, step: Int(first % 7) + 1, whole, pieces)
        else { return "\(whole) at once, \(pieces) in pieces" }
        guard case .complete(let end, let status, let framing) = whole else { return nil }
        for version in [Version.http11, .http10] {
            guard let written = write(Array(stream[..<end]), method, version) else {
                return "a valid head was not read again"
            }
            // A 1xx is not for HTTP/1.0.
            if written.isEmpty { continue }
            let again = read(written, method, step: written.count + 1)
            guard case .complete(written.count, status, let readFraming) = again else {
                return "\(whole) was written as \(again)"
            }
            if let broken = compare(framing, readFraming, version) { return broken }
        }
        return ChunkFuzz.compare(
            Array(stream[end...]), framing, step: Int(first % 5) + 1, isAnswer: true)
    }

    static func read(_ octets: [UInt8], _ method: Method, step: Int) -> Read {
        var parser = ResponseParser(limits: HeadLimits(fieldCountMax: 110))
        var fields = FieldTable(capacity: 110)
        var arrived = min(step, octets.count)
        while true {
            switch parser.parse(
                octets.span.octets.extracting(0..<arrived), method: method, into: &fields)
            {
            case .incomplete:
                guard arrived < octets.count else { return .incomplete }
                arrived = min(octets.count, arrived + step)
            case .refused: return .refused
            case .complete(let end):
                return .complete(
                    end: end, status: parser.head.status.rawValue, framing: parser.head.framing)
            }
        }
    }

    /// What trickles in is looked at when a line may end: a refusal may then come with that end.
    private static func isLate(
        _ stream: [UInt8], _ method: Method, step: Int, _ whole: Read, _ pieces: Read
    ) -> Bool {
        whole == .refused && pieces == .incomplete
            && read(stream + [13, 10], method, step: step) == .refused
    }

    private static func write(
        _ octets: [UInt8], _ method: Method, _ version: Version
    ) -> [UInt8]? {
        var parser = ResponseParser(limits: HeadLimits(fieldCountMax: 100))
        var fields = FieldTable(capacity: 100)
        // As many fields as a worker takes; more is its refusal.
        guard case .complete = parser.parse(octets.span.octets, method: method, into: &fields)
        else { return [] }
        let context = AnswerContext(
            method: method, clientVersion: version, keepsConnection: true,
            date: DateStamp(second: 1_700_000_000))
        var buffer = ByteBuffer()
        AnswerWriter.write(parser.head, fields, octets.span.octets, context, into: &buffer)
        return buffer.copy()
    }

    private static func compare(
        _ framing: BodyFraming, _ written: BodyFraming, _ version: Version
    ) -> String? {
        let expected: BodyFraming =
            switch framing {
            case .none: .none
            case .length(let count): .length(count)
            case .chunked, .untilClose: version == .http10 ? .untilClose : .chunked
            }
        return written == expected ? nil : "\(framing) was written as \(written)"
    }
}
