public import Board

/// What all lines about one service's schema say together.
public struct SchemaRecords: Hashable, Sendable {
    /// Of each kind, older ones are left out; what a color last served with never is.
    static let schemasMax = 16
    static let sightingsMax = 64
    static let certificatesMax = 64

    /// A schema's pieces in their order, oldest schema first.
    private var schemas: [[JournalRecord]] = []
    /// Oldest first.
    private var sightings: [JournalRecord] = []
    private var certificates: [JournalRecord] = []

    public init() {}

    /// The last schema that was seen.
    public var last: JournalRecord.Sighting? { sightings.last?.sighting }

    /// The text of a schema; nil where it is not kept (any more) or not whole.
    public func text(of fingerprint: String) -> String? {
        guard
            let pieces = schemas.last(where: { $0.first?.piece?.fingerprint == fingerprint })?
                .compactMap(\.piece), pieces.count == pieces.first?.count
        else { return nil }
        return pieces.map(\.text).joined()
    }

    /// The fingerprint that a set of migrations had when it was last seen and fitted.
    ///
    /// A set that was applied itself is never that of a schema with others applied: a line that
    /// says so beside its own keys is a mistake, and counts for nothing.
    public func fingerprint(of key: String) -> String? {
        let own = sightings.last { $0.sighting?.ownKeys.contains(key) ?? false }
        let stated = sightings.last { $0.sighting?.keys.contains(key) ?? false }
        return (own ?? stated)?.sighting?.fingerprint
    }

    /// What a color last served with, as far as that could be told.
    public func lastServed(by color: Color) -> JournalRecord.Sighting? {
        sightings.last { $0.sighting?.servedBy == color }?.sighting
    }

    /// What was judged of this way from one schema to another, by this version.
    public func certificate(
        known: String, from: String, to: String, version: String
    ) -> JournalRecord.Certificate? {
        certificates.lazy.compactMap(\.certificate).last {
            $0.known == known && $0.from == from && $0.to == to && $0.version == version
        }
    }

    /// Takes a line that is about a schema.
    public mutating func apply(_ record: JournalRecord) {
        if let piece = record.piece {
            add(piece, record)
        } else if record.sighting != nil {
            sightings.append(record)
            trimSightings()
        } else if record.certificate != nil {
            certificates.append(record)
            if certificates.count > Self.certificatesMax { certificates.removeFirst() }
        }
    }

    private mutating func add(_ piece: JournalRecord.SchemaPiece, _ record: JournalRecord) {
        let place = schemas.firstIndex { $0.first?.piece?.fingerprint == piece.fingerprint }
        if piece.index == 0 {
            // Written again: the first time broke off, or it is a newer version's text.
            if let place { schemas.remove(at: place) }
            schemas.append([record])
            trimSchemas()
        } else if let place, schemas[place].count == piece.index {
            schemas[place].append(record)
        }
    }

    private mutating func trimSightings() {
        guard sightings.count > Self.sightingsMax else { return }
        let kept = Color.allCases.compactMap { color in
            sightings.lastIndex { $0.sighting?.servedBy == color }
        }
        if let oldest = sightings.indices.first(where: { !kept.contains($0) }) {
            sightings.remove(at: oldest)
        }
    }

    private mutating func trimSchemas() {
        guard schemas.count > Self.schemasMax else { return }
        let kept = Set(Color.allCases.compactMap { lastServed(by: $0)?.fingerprint })
        let oldest = schemas.firstIndex { pieces in
            pieces.first?.piece.map { !kept.contains($0.fingerprint) } ?? true
        }
        if let oldest { schemas.remove(at: oldest) }
    }

    /// The lines that say the same, for a new file.
    var records: [JournalRecord] { schemas.flatMap(\.self) + sightings + certificates }
}

extension JournalRecord {
    fileprivate var piece: SchemaPiece? {
        if case .schema(let piece) = entry { piece } else { nil }
    }

    fileprivate var sighting: Sighting? {
        if case .sighting(let sighting) = entry { sighting } else { nil }
    }

    fileprivate var certificate: Certificate? {
        if case .certificate(let certificate) = entry { certificate } else { nil }
    }
}
