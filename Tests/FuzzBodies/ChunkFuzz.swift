import Bytes
import HTTP
import HTTP1

/// Any octets as content: the same however they arrive, and the same once written on.
enum ChunkFuzz {
    struct Read: Equatable {
        enum End: Equatable {
            case needsMore
            case complete(Int)
            case refused
        }

        var content: [UInt8] = []
        var end = End.needsMore
    }

    static func run(_ octets: [UInt8]) -> String? {
        guard let step = octets.first else { return nil }
        let stream = Array(octets.dropFirst())
        if let broken = compare(stream, .chunked, step: Int(step % 11) + 1, isAnswer: step > 127) {
            return broken
        }
        let whole = read(stream, .chunked, step: stream.count + 1, isAnswer: false)
        guard case .complete = whole.end else { return nil }
        var buffer = ByteBuffer()
        var at = 0
        while at < whole.content.count {
            let count = min(Int(step) + 1, whole.content.count - at)
            ChunkWriter.write(
                whole.content.span.octets.extracting(at..<(at + count)), into: &buffer)
            at += count
        }
        ChunkWriter.finish(into: &buffer)
        let written = buffer.copy()
        let again = read(written, .chunked, step: written.count, isAnswer: false)
        let isSame = again.content == whole.content && again.end == .complete(written.count)
        return isSame ? nil : "\(whole) was written as \(again)"
    }

    /// Whether it matters in which pieces content arrives.
    static func compare(
        _ octets: [UInt8], _ framing: BodyFraming, step: Int, isAnswer: Bool
    ) -> String? {
        let whole = read(octets, framing, step: octets.count + 1, isAnswer: isAnswer)
        let pieces = read(octets, framing, step: step, isAnswer: isAnswer)
        // Content before a mistake may be handed out or not: only its end must be the same.
        let isSame = whole.end == .refused ? pieces.end == .refused : whole == pieces
        guard isSame else { return "\(whole.end) at once, \(pieces.end) in pieces" }
        if case .complete(let end) = whole.end, end > octets.count { return "beyond its end" }
        return nil
    }

    static func read(
        _ octets: [UInt8], _ framing: BodyFraming, step: Int, isAnswer: Bool
    ) -> Read {
        var reader = BodyReader(
            framing, limits: BodyLimits(bodyBytesMax: 1 << 20), isAnswer: isAnswer)
        var read = Read()
        var taken = 0
        var arrived = min(step, octets.count)
        while true {
            switch reader.next(octets.span.octets.extracting(taken..<arrived)) {
            case .piece(let range):
                read.content += octets[taken + range.lowerBound..<taken + range.upperBound]
                taken += range.upperBound
            case .needMore(let consumed):
                taken += consumed
                guard arrived < octets.count else { return read }
                arrived = min(octets.count, arrived + step)
            case .end(let consumed):
                read.end = .complete(taken + consumed)
                return read
            case .refused:
                read.end = .refused
                return read
            }
        }
    }
}
