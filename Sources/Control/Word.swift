/// A word of a closed list, in a body and on the command line.
public protocol Word: RawRepresentable<String>, CaseIterable, Codable, Hashable, Sendable {}

extension Word {
    /// `handover or overlap`, `back, overlap or cut`.
    public static var expected: String {
        let words = allCases.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let word = Self(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "found \"\(text)\", expected \(Self.expected)")
        }
        self = word
    }
}
