public import Foundation

/// JSON as the control API writes and reads it: one line, keys sorted, so that equal values give
/// equal text.
public enum ControlJSON {
    public static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// The same as text, without a line break.
    public static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }

    public static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value
    {
        try JSONDecoder().decode(type, from: data)
    }

    /// A typed value as free JSON, for the details of an event.
    public static func value(of value: some Encodable) throws -> JSONValue {
        try decode(JSONValue.self, from: encode(value))
    }

    /// A typed value out of free JSON.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from value: JSONValue
    ) throws -> Value {
        try decode(type, from: encode(value))
    }
}
