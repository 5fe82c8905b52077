internal import Yams

/// YAML text as a tree of nodes with places.
///
/// Yams throws at the first duplicate key, but a person wants all errors in one run. So the key
/// that it names is masked in the text, in place and of the same length, and the text is composed
/// again; the masked keys are told apart by their places.
struct Document {
    /// nil where the text is no YAML or holds nothing; then `findings` says why.
    private(set) var root: Node?
    /// What a masked key is really called.
    private var masked: [Place: String] = [:]

    /// Enough to show what is wrong; a file with more is reported with these.
    private static let masksMax = 100

    init(_ text: String, _ findings: Findings) {
        guard text.utf8.count <= Settings.textBytesMax else {
            findings.error(
                .start, "",
                "found \(text.utf8.count) octets, expected at most \(Settings.textBytesMax)")
            return
        }
        // libYAML counts places behind the byte order mark.
        var scalars = Array(text.unicodeScalars.drop { $0 == "\u{feff}" })
        while true {
            do {
                let yaml = String(String.UnicodeScalarView(scalars))
                root = try Parser(yaml: yaml).singleRoot()
                break
            } catch let YamlError.duplicatedKeysInMapping(names, context) {
                let place = Place(context.mark)
                guard masked.count < Self.masksMax, mask(place, in: &scalars) else {
                    findings.error(place, "", "duplicate key \(names.joined(separator: ", "))")
                    return
                }
            } catch let error as YamlError {
                let (place, message) = Self.explained(error)
                findings.error(place, "", message)
                return
            } catch {
                findings.error(.start, "", "cannot be read as YAML: \(error)")
                return
            }
        }
        if root == nil {
            findings.error(.start, "", "found nothing, expected a mapping with listen and services")
        }
    }

    /// The text of a key as it was written; nil where the key is no scalar.
    func name(ofKey key: Node) -> String? {
        guard let scalar = key.scalar else { return nil }
        return masked[Place(key)] ?? scalar.string
    }

    /// Replaces the first letter of the key at `place` by one of the private use area.
    private mutating func mask(_ place: Place, in scalars: inout [Unicode.Scalar]) -> Bool {
        guard var index = Self.index(of: place, in: scalars) else { return false }
        let isQuoted = scalars[index] == "\"" || scalars[index] == "'"
        let quote = scalars[index]
        if isQuoted { index += 1 }
        guard index < scalars.count, Self.isNamePart(scalars[index]),
            let letter = Unicode.Scalar(0xe000 + UInt32(masked.count))
        else { return false }
        let end = scalars[index...].firstIndex { isQuoted ? $0 == quote : $0 == ":" || $0 == " " }
        let name = scalars[index..<(end ?? scalars.count)]
        masked[place] = String(String.UnicodeScalarView(name))
        scalars[index] = letter
        return true
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    }

    /// Where in the text a place is, by libYAML's line breaks (YAML 1.1 section 5.4).
    private static func index(of place: Place, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var column = 1
        for (index, scalar) in scalars.enumerated() {
            if line == place.line, column == place.column { return index }
            switch scalar {
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n":
                column += 1
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                line += 1
                column = 1
            case _:
                column += 1
            }
        }
        return nil
    }

    private static func explained(_ error: YamlError) -> (Place, String) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            guard let context else { return (Place(mark), "not valid YAML: \(problem)") }
            let since = "\(context.text) (line \(context.mark.line))"
            return (Place(mark), "not valid YAML: \(since): \(problem)")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.split(separator: "\n", omittingEmptySubsequences: false)
            let place = Place(line: max(1, line.count), column: (line.last?.count ?? 0) + 1)
            return (place, "not valid YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded,
            .duplicatedKeysInMapping:
            return (.start, "not valid YAML: \(error)")
        }
    }
}

extension Place {
    init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }

    /// Every composed node has a mark.
    init(_ node: Node) { self = node.mark.map(Place.init) ?? .start }
}
