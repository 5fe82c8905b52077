public import HTTP

/// What a parser found in the octets so far.
public enum HeadOutcome: Sendable {
    /// More octets are needed; those seen stay in the buffer.
    case incomplete
    /// The head is valid and takes so many octets of the buffer; content follows them.
    case complete(bytes: Int)
    /// It can never be right: answer, discard everything, close.
    case refused(Refusal)
}

/// Why parsing stops before the end of a head.
enum Halt: Error {
    case incomplete
    case refused(Refusal)
}
