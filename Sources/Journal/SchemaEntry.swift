public import Board

/// What the journal keeps of a service's schema: the schema itself, once for each fingerprint;
/// when it was seen, and with which migrations; and what was judged of a way back.
extension JournalRecord {
    /// A piece of a schema's text: the schema of a large database does not fit a line.
    public struct SchemaPiece: Codable, Hashable, Sendable {
        public let fingerprint: String
        /// From 0.
        public let index: Int
        public let count: Int
        /// JSON that this room does not read.
        public let text: String

        public init(fingerprint: String, index: Int, count: Int, text: String) {
            self.fingerprint = fingerprint
            self.index = index
            self.count = count
            self.text = text
        }
    }

    /// A schema as it was found in the database.
    public struct Sighting: Codable, Hashable, Sendable {
        public let fingerprint: String
        /// Whose history it is; nil where there was none.
        public let tool: String?
        /// Oldest first.
        public let applied: [String]
        /// Names of the sets of migrations that this is the schema of: what was applied, and what
        /// a color stated that matched. None for a schema that does not fit its migrations.
        public let keys: [String]
        /// Those of what was applied itself: its set, and its newest.
        var ownKeys: ArraySlice<String> { keys.prefix(2) }
        /// Which color served then.
        public let active: Color
        /// The color whose code this schema is that of, where that is known.
        public let servedBy: Color?
        /// What held for the whole file; nil in journals of before.
        public let traits: FileTraits?

        public init(
            fingerprint: String, tool: String?, applied: [String], keys: [String], active: Color,
            servedBy: Color?, traits: FileTraits? = nil
        ) {
            self.traits = traits
            self.fingerprint = fingerprint
            self.tool = tool
            self.applied = applied
            self.keys = keys
            self.active = active
            self.servedBy = servedBy
        }
    }

    /// What SQLite keeps of a whole file beside the schema (https://sqlite.org/pragma.html).
    public struct FileTraits: Codable, Hashable, Sendable {
        public let pageBytes: Int
        public let encoding: String
        public let autoVacuum: Int
        public let userVersion: Int
        public let applicationID: Int

        public init(
            pageBytes: Int, encoding: String, autoVacuum: Int, userVersion: Int,
            applicationID: Int
        ) {
            self.pageBytes = pageBytes
            self.encoding = encoding
            self.autoVacuum = autoVacuum
            self.userVersion = userVersion
            self.applicationID = applicationID
        }
    }

    /// Whether code of one schema survives another, and why: a way back asks this, not a person.
    public struct Certificate: Codable, Hashable, Sendable {
        /// One difference, by its ID and verdict.
        public struct Finding: Codable, Hashable, Sendable {
            public let id: String
            /// `safe`, `warn` or `break`.
            public let verdict: String
            public let sentence: String

            public init(id: String, verdict: String, sentence: String) {
                self.id = id
                self.verdict = verdict
                self.sentence = sentence
            }
        }

        /// The set of migrations that the older side knows, by name.
        public let known: String
        /// What was applied, by name.
        public let applied: String
        /// Fingerprint of the schema that the older side was made for.
        public let from: String
        /// Fingerprint of the schema that it would meet.
        public let to: String
        /// The worst of the findings.
        public let verdict: String
        public let findings: [Finding]
        /// Of the program that judged: another one may know better.
        public let version: String

        public init(
            known: String, applied: String, from: String, to: String, verdict: String,
            findings: [Finding], version: String
        ) {
            self.known = known
            self.applied = applied
            self.from = from
            self.to = to
            self.verdict = verdict
            self.findings = findings
            self.version = version
        }
    }
}
