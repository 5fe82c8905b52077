/// Reads a value that stands in JSON as its own text.
func decodeText<Value: LosslessStringConvertible>(
    from decoder: any Decoder, expected: String
) throws -> Value {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Value(text) else {
        throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "found \"\(text)\", expected \(expected)")
    }
    return value
}

/// Writes a value into JSON as its own text.
func encodeText(_ text: String, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
}
