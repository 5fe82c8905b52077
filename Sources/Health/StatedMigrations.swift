/// The migrations that a target says it knows.
public enum StatedMigrations: Hashable, Sendable {
    /// The service has no `database.expect`.
    case notAsked
    /// It was asked and said nothing of use; the reason is a sentence for a person.
    case nothing(reason: String)
    case latest(String)
    /// All that it knows, oldest first; never empty.
    case known([String])

    /// More names than any application has; what is beyond is refused, not cut.
    public static let namesMax = 10_000
    /// Octets of one name; file systems allow 255 for the file that it is the name of.
    public static let nameBytesMax = 512

    /// The newest; nil where nothing is stated.
    public var latest: String? {
        switch self {
        case .notAsked, .nothing: nil
        case .latest(let name): name
        case .known(let names): names.last
        }
    }
}
