import Kernel

/// The access log's file, which workers write: opened here, because a worker has given away the
/// rights that a folder of logs may ask for.
///
/// A program that rotates logs renames the file and sends USR1. The file is then opened anew under
/// its name, and every worker gets it over a channel of its own; until it has, its lines go to the
/// old file, so that none is lost.
struct LogFile: ~Copyable {
    /// Readable for the group, as logs are, and for nobody else: it names clients.
    private static let mode: UInt32 = 0o640

    let path: String
    private var file: Descriptor
    private let ends: DescriptorList
    private let endsOfWorkers: DescriptorList

    /// nil where there is no path.
    static func open(_ path: String?, slots: Int) throws(SystemError) -> LogFile? {
        guard let path else { return nil }
        let file = try Files.open("supervisor.log", path, .appending(mode: mode))
        var ends = DescriptorList()
        var endsOfWorkers = DescriptorList()
        for _ in 0..<slots {
            let pair = try Socket.messagePair("supervisor.log").release()
            ends.append(Descriptor(owning: pair.first))
            endsOfWorkers.append(Descriptor(owning: pair.second))
        }
        return LogFile(path, file, ends, endsOfWorkers)
    }

    private init(
        _ path: String, _ file: consuming Descriptor, _ ends: consuming DescriptorList,
        _ endsOfWorkers: consuming DescriptorList
    ) {
        self.path = path
        self.file = file
        self.ends = ends
        self.endsOfWorkers = endsOfWorkers
    }

    /// What the worker of a slot inherits: the file, and its end of the channel.
    func descriptors(_ slot: Int) -> [CInt] { [file.number, endsOfWorkers.numbers[slot]] }

    /// Opens the file anew for these workers, and for those that start later. A message waits for a
    /// worker that does not read just now; what it finds last is the newest file.
    ///
    /// Throws what the file could not be opened for, or the first worker that could not be told;
    /// all others are.
    mutating func reopen(slots: [Int]) throws(SystemError) {
        file = try Files.open("supervisor.log", path, .appending(mode: Self.mode))
        var failure: SystemError?
        for slot in slots {
            do {
                try Self.send(file, ends.numbers[slot])
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private static func send(
        _ file: borrowing Descriptor, _ end: CInt
    ) throws(SystemError) {
        try DescriptorPassing.send("supervisor.log.send", file, over: end)
    }
}

extension Supervisor {
    /// USR1.
    mutating func reopenLog() {
        let slots = (0..<plan.workers).map { $0 }
        guard plan.accessLog != nil else { return log("USR1: no log file is open") }
        do {
            try wiring.log?.reopen(slots: slots)
            log("USR1: the access log is open anew")
        } catch {
            log("USR1: the access log stays as it was: \(error)")
        }
    }
}
