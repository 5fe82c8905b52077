/// What a configuration asks of the machine that it is for. Reading a file cannot say whether that
/// is there: `serve` needs it, while `config check` may run elsewhere and only tells.
public struct MachineNeed: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A user that roles become where root starts them.
        case user
        case group
        /// A certificate, a key, an OCSP response, an authority.
        case file
    }

    public let kind: Kind
    public let name: String
    /// Where it stands, and that it is not there.
    public let finding: Finding
}
