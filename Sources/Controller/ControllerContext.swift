public import Board
public import Control
public import Kernel
public import Logging
public import Settings

/// What the controller is given when it starts: values, and descriptors that it owns from then on.
public struct ControllerContext: Sendable {
    public let settings: Settings
    /// Certificates, and the running configuration.
    public let facts: CredentialFacts
    /// Of the program.
    public let version: String
    public let board: Board
    public let supervisor: ChannelEnd
    /// By slot, live or not: a wake is kept for whoever gets the slot.
    public let workers: [WorkerEnd]
    /// By service: the way to the role `database`.
    public let jobs: [ChannelEnd]
    /// Bound and listening; nil where `admin` is off.
    public let admin: ListenerEnd?
    public let logger: Logger
    /// Whether it looks at the shared databases by itself, not only when it is asked.
    public let watchesSchema: Bool

    public init(
        settings: Settings, facts: CredentialFacts, version: String, board: Board,
        supervisor: ChannelEnd,
        workers: [WorkerEnd], jobs: [ChannelEnd], admin: ListenerEnd?, logger: Logger,
        watchesSchema: Bool = true
    ) {
        precondition(workers.count == board.shape.slots, "a worker's end for every slot")
        precondition(jobs.count == board.shape.services, "a job channel for every service")
        self.settings = settings
        self.facts = facts
        self.version = version
        self.board = board
        self.supervisor = supervisor
        self.workers = workers
        self.jobs = jobs
        self.admin = admin
        self.logger = logger
        self.watchesSchema = watchesSchema
    }
}

/// One end of a message channel, for several users of it.
public final class ChannelEnd: Sendable {
    let channel: MessageChannel

    public init(_ descriptor: consuming Descriptor) { channel = MessageChannel(descriptor) }
}

/// The way to the worker in a slot.
public final class WorkerEnd: Sendable {
    let wake: EventCounter
    let queries: MessageChannel

    public init(wake: consuming Descriptor, queries: consuming Descriptor) {
        self.wake = EventCounter(wake)
        self.queries = MessageChannel(queries)
    }
}

/// A socket that listens.
public final class ListenerEnd: Sendable {
    let descriptor: Descriptor

    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
