import Kernel

/// A role `reader` at work: what it has handed over so far. Nothing of it is used before the reader
/// has said that all of it is good.
struct ReaderRun: ~Copyable {
    /// What it came to.
    enum Result {
        case accepted
        /// The files stay as they are used; in the words that the controller tells its client.
        case refused(String)
        /// The reader itself failed.
        case failed(String)
    }

    /// Reading a few files takes milliseconds; a disk or a mount that hangs is not waited for.
    static let nanosecondsMax: UInt64 = 10_000_000_000

    let channel: MessageChannel
    let pid: Int32
    /// The generation of the reader: it rises, so it numbers what was read.
    let version: UInt64
    let askers: [Reloading.Asker]
    let end: Instant
    var credentials: Descriptor?
    var facts: Descriptor?
    var configuration: Descriptor?
    var paths: Descriptor?

    init(
        _ channel: consuming MessageChannel, pid: Int32, version: UInt64,
        for askers: [Reloading.Asker]
    ) {
        self.channel = channel
        self.pid = pid
        self.version = version
        self.askers = askers
        end = Instant.now.advanced(byNanoseconds: Self.nanosecondsMax)
    }

    /// Takes what it has said; nil until it has said how it ended.
    mutating func hear() -> Result? {
        while var message = channel.receivePassed("supervisor.reader") {
            let text = String(decoding: message.octets, as: UTF8.self)
            switch text {
            case ReaderWords.credentials: credentials = message.descriptor.take()
            case ReaderWords.facts: facts = message.descriptor.take()
            case ReaderWords.configuration: configuration = message.descriptor.take()
            case ReaderWords.paths: paths = message.descriptor.take()
            case ReaderWords.accepted: return .accepted
            case _ where text.hasPrefix(ReaderWords.refused):
                return .refused(String(text.dropFirst(ReaderWords.refused.count)))
            case _: return .failed("it said something unknown")
            }
        }
        return nil
    }
}

/// What a reader says to the supervisor: the first four each pass a sealed file.
public enum ReaderWords {
    /// `TLS.Credentials`.
    public static let credentials = "credentials"
    /// What the controller is told of them.
    public static let facts = "facts"
    /// The text that was accepted.
    public static let configuration = "configuration"
    /// The files to be watched, one a line.
    public static let paths = "paths"
    public static let accepted = "accepted"
    /// Followed by a `Problem` as JSON.
    public static let refused = "refused "
}
