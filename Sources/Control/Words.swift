public import Board

/// How the board's words are written in the API.
extension Color: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let color = Color(name: name) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "found \"\(name)\", expected blue or green")
        }
        self = color
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(name, to: encoder)
    }
}

extension Phase: Codable {
    /// `open`, `held`, `held-writes` or `maintenance`.
    public var name: String {
        switch self {
        case .open: "open"
        case .held: "held"
        case .heldWrites: "held-writes"
        case .maintenance: "maintenance"
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "open": self = .open
        case "held": self = .held
        case "held-writes": self = .heldWrites
        case "maintenance": self = .maintenance
        case let other:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "found \"\(other)\", expected a phase")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(name, to: encoder)
    }
}
