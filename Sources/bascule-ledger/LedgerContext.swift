internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// What comes along with a request.
struct LedgerContext: RequestContext {
    /// Longest body that is read; a transaction is some 200 octets.
    static let bodyBytesMax = 64 * 1024

    var coreContext: CoreRequestContextStorage

    init(source: Source) { coreContext = .init(source: source) }

    /// Keys are `snake_case` outside and `camelCase` inside.
    var responseEncoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension Request {
    /// The body as JSON; throws a `Problem` of status 400 or 413.
    func decoded<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let bytes: ByteBuffer
        do {
            bytes = try await body.collect(upTo: LedgerContext.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw Problem(
                .contentTooLarge, "a body has at most \(LedgerContext.bodyBytesMax) octets")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw Problem(.badRequest, error.sentence)
        }
    }

    /// A whole number in the query; nil when the field is not there.
    func number(_ name: Substring, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = uri.queryParameters[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                .badRequest,
                "`\(name)` is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

extension DecodingError {
    /// What is wrong with a body, for the one who sent it.
    fileprivate var sentence: String {
        func name(_ path: [any CodingKey], _ last: String = "") -> String {
            (path.map(\.stringValue) + [last]).filter { !$0.isEmpty }.joined(separator: ".")
                .replacing(/[A-Z]/) { "_" + $0.output.lowercased() }
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "`\(name(context.codingPath, key.stringValue))` is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "`\(name(context.codingPath))`: \(context.debugDescription)"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "the body is not JSON" : "`\(name(context.codingPath))` is not valid"
        @unknown default:
            return "the body is not understood"
        }
    }
}
