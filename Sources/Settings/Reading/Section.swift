internal import Control
internal import Yams

/// One mapping of the tree. It hands out its values by key, and at the end knows which keys nobody
/// asked for.
struct Section {
    struct Entry {
        let name: String
        let keyPlace: Place
        let field: Field
    }

    let path: String
    let place: Place
    /// In the order of the file, duplicates left out.
    private(set) var entries: [Entry] = []
    private let findings: Findings
    private var known: [String] = []

    init(_ mapping: Node.Mapping, of owner: Field) {
        path = owner.path
        place = owner.place
        findings = owner.findings
        for (key, value) in mapping {
            guard let name = owner.document.name(ofKey: key) else {
                findings.error(Place(key), path, "found a key that is no text")
                continue
            }
            if let first = entries.first(where: { $0.name == name }) {
                let line = first.keyPlace.line
                findings.error(
                    Place(key), child(name), "duplicate key, it stands in line \(line) already")
                continue
            }
            let field = Field(
                node: value, path: child(name), document: owner.document, findings: findings)
            entries.append(Entry(name: name, keyPlace: Place(key), field: field))
        }
    }

    func child(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// Asks for a key.
    mutating func field(_ name: String) -> Field? {
        known.append(name)
        return entries.first { $0.name == name }?.field
    }

    /// Asks for a key that must be there.
    mutating func required(_ name: String, expected: String) -> Field? {
        if let field = field(name) { return field }
        findings.error(place, child(name), "missing, expected \(expected)")
        return nil
    }

    /// Replaces a default where the key is there and its value is right.
    mutating func read<Value>(
        _ name: String, into value: inout Value, _ convert: (Field) -> Value?
    ) {
        if let field = field(name), let converted = convert(field) { value = converted }
    }

    mutating func read(_ name: String, into value: inout Bool) {
        read(name, into: &value) { $0.flag() }
    }

    mutating func read(_ name: String, into value: inout Int, in range: ClosedRange<Int>) {
        read(name, into: &value) { $0.integer(in: range) }
    }

    mutating func read(
        _ name: String, into value: inout TimeSpan, in range: ClosedRange<TimeSpan>
    ) {
        read(name, into: &value) { $0.timeSpan(in: range) }
    }

    mutating func read(
        _ name: String, into value: inout ByteSize, in range: ClosedRange<ByteSize>
    ) {
        read(name, into: &value) { $0.byteSize(in: range) }
    }

    mutating func read<Word: RawRepresentable & CaseIterable>(
        _ name: String, into value: inout Word
    ) where Word.RawValue == String {
        read(name, into: &value) { $0.word() }
    }

    /// Where a key's value stands; the section itself where the key is absent.
    func place(of name: String) -> Place {
        entries.first { $0.name == name }?.field.place ?? place
    }

    /// Where a key stands; the section itself where it is absent.
    func keyPlace(of name: String) -> Place {
        entries.first { $0.name == name }?.keyPlace ?? place
    }

    func has(_ name: String) -> Bool { entries.contains { $0.name == name } }

    /// Reports the keys that were not asked for.
    func finish() {
        for entry in entries where !known.contains(entry.name) {
            let message =
                if let near = nearest(to: entry.name, in: known) {
                    "unknown key (\(didYouMean(near)))"
                } else {
                    "unknown key, expected \(known.joined(separator: ", "))"
                }
            findings.error(entry.keyPlace, entry.field.path, message)
        }
    }
}
