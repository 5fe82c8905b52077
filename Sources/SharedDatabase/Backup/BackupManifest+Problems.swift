internal import Control

extension BackupManifest {
    /// Why it is not the manifest of the backup `name`, as far as names tell; nil where it is.
    /// `service`: whose it has to be; nil where anybody's will do.
    func problem(beside name: String, of service: String?) -> String? {
        if let service, self.service != service {
            return "its manifest is that of \(file), of the service \(self.service) and not "
                + service
        }
        return file == name ? nil : "its manifest is that of \(file)"
    }
}

extension DecodingError {
    /// What is wrong with a document, for the one who has it.
    var sentence: String {
        func name(_ path: [any CodingKey], _ last: String = "") -> String {
            (path.map(\.stringValue) + [last]).filter { !$0.isEmpty }.joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "\(name(context.codingPath, key.stringValue)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return context.codingPath.isEmpty
                ? "it is no JSON object" : "\(name(context.codingPath)) is of another type"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is cut, or no JSON" : "\(name(context.codingPath)) has no valid value"
        @unknown default:
            return "it is not understood"
        }
    }
}
