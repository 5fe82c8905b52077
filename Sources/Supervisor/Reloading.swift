import Board
import Kernel

/// Reading the configuration, certificates and keys again while everything runs.
///
/// The supervisor does not read them itself, for what parses files can fail: it starts the role
/// `reader`, with its own rights, and hands on what that has found to be good. Workers use it for
/// new connections and answer by the version on the board; nothing else of them is touched.
struct Reloading: ~Copyable {
    enum Asker: Equatable {
        /// The controller's number for its question.
        case controller(String)
        case signal
        case files
    }

    var run: ReaderRun?
    /// Those who asked while a reader was at work already: its files may be older than their wish.
    var waiting: [Asker] = []
    var watch: FileWatch
    /// When files and silent workers are looked at again.
    var nextLook = Instant.now.advanced(byNanoseconds: FileWatch.nanoseconds)
    /// Slots whose worker could not be told yet: it has not read what was sent before.
    var untold: Set<Int> = []

    init(watching watch: FileWatch) { self.watch = watch }

    /// When something has to be done without being told.
    var next: Instant {
        min(watch.isEmpty && untold.isEmpty ? .never : nextLook, readingEnd)
    }

    private var readingEnd: Instant {
        switch run {
        case .some(let run): run.end
        case .none: .never
        }
    }

    var isReading: Bool {
        switch run {
        case .some: true
        case .none: false
        }
    }
}

extension Supervisor {
    mutating func reload(for asker: Reloading.Asker) {
        reloading.waiting.append(asker)
        if !reloading.isReading { startReader() }
    }

    private mutating func startReader() {
        guard !reloading.waiting.isEmpty, !isStopping else { return }
        let askers = reloading.waiting
        reloading.waiting = []
        reloading.watch.noteReading()
        let role = Role.reader(configuration: plan.configurationPath)
        let (generation, environment) = nextStart(of: role)
        do {
            let pair = try Socket.messagePair("supervisor.reader").release()
            let channel = MessageChannel(Descriptor(owning: pair.first))
            let end = Descriptor(owning: pair.second)
            let pid = try ChildProcess.start(
                "supervisor.start", executable: ChildProcess.thisExecutable,
                arguments: ["bascule: \(role)"], environment: environment,
                descriptors: wiring.descriptors(ofJobOn: end.number))
            children[pid] = Child(role: role, pid: pid)
            watch(reader: channel.descriptor.number)
            reloading.run = ReaderRun(
                channel, pid: pid, version: UInt64(generation), for: askers)
        } catch {
            log("\(role) could not be started: \(error)")
            tell(askers, .failed("\(role) could not be started: \(error)"), version: 0)
        }
    }

    /// The reader has said something, or has ended.
    mutating func hearReader() {
        if let result = reloading.run?.hear() { finishReading(result) }
    }

    /// A reader that ends without a word has failed; what it said before is heard first.
    mutating func readerEnded(_ pid: Int32, _ ending: ChildProcess.Ending) {
        guard reloading.run?.pid == pid else { return }
        hearReader()
        guard reloading.run?.pid == pid else { return }
        finishReading(.failed("it ended with \(ending)"))
    }

    private mutating func finishReading(_ result: ReaderRun.Result) {
        guard var run = reloading.run.take() else { return }
        let version = run.version
        let askers = run.askers
        switch result {
        case .accepted:
            guard let credentials = run.credentials.take(), let facts = run.facts.take(),
                let configuration = run.configuration.take(), let paths = run.paths.take()
            else {
                tell(askers, .failed("it has not handed over everything"), version: version)
                break
            }
            use(credentials, facts, configuration)
            watchFiles(paths)
            tell(askers, .accepted, version: version)
        case .refused, .failed: tell(askers, result, version: version)
        }
        startReader()
    }

    /// For roles that start from now on, and for those that run.
    private mutating func use(
        _ credentials: consuming Descriptor, _ facts: consuming Descriptor,
        _ configuration: consuming Descriptor
    ) {
        wiring.files.credentials = credentials
        wiring.files.facts = facts
        wiring.files.configuration = configuration
        wiring.controller.send("supervisor.tell", "facts", passing: wiring.files.facts)
        reloading.untold = Set(0..<plan.workers)
        tellWorkers()
    }

    private mutating func tellWorkers() {
        for slot in reloading.untold.sorted() {
            do {
                try DescriptorPassing.send(
                    "supervisor.credentials", wiring.files.credentials,
                    over: wiring.credentialEnds[slot])
                reloading.untold.remove(slot)
            } catch {
                // It has not read the ones before: a later look tries again.
                continue
            }
        }
    }

    private mutating func watchFiles(_ list: consuming Descriptor) {
        do {
            let text = try MemoryFile.contents("supervisor.paths", of: list)
            let paths = text.split(separator: UInt8(ascii: "\n")).map {
                String(decoding: $0, as: UTF8.self)
            }
            if paths != reloading.watch.paths { reloading.watch = FileWatch(paths) }
        } catch {
            log("the files that are watched stay the same: \(error)")
        }
    }

    private func tell(
        _ askers: [Reloading.Asker], _ result: ReaderRun.Result, version: UInt64
    ) {
        for asker in askers {
            switch asker {
            case .controller(let question):
                wiring.controller.send(
                    "supervisor.tell", Self.answer(question, result, version: version))
            case .signal: log("HUP: \(Self.summary(result))")
            case .files: log("files of certificates have changed: \(Self.summary(result))")
            }
        }
    }

    private static func answer(
        _ question: String, _ result: ReaderRun.Result, version: UInt64
    ) -> String {
        switch result {
        case .accepted: "reloaded \(question) \(version)"
        case .refused(let problem): "reload-refused \(question) \(problem)"
        case .failed(let reason): "reload-failed \(question) \(reason)"
        }
    }

    /// The reader has said on standard error what it found.
    private static func summary(_ result: ReaderRun.Result) -> String {
        switch result {
        case .accepted: "they were read, and new connections use them"
        case .refused: "the ones in use stay"
        case .failed(let reason): "they could not be read, the ones in use stay: \(reason)"
        }
    }

    /// Once a turn.
    mutating func lookAtReloading(now: Instant) {
        if let end = reloading.run?.end, now >= end { return endReader() }
        guard now >= reloading.nextLook else { return }
        reloading.nextLook = now.advanced(byNanoseconds: FileWatch.nanoseconds)
        tellWorkers()
        if !isStopping, reloading.watch.look() { reload(for: .files) }
    }

    private mutating func endReader() {
        if let pid = reloading.run?.pid { ChildProcess.send(.kill, to: pid) }
        finishReading(.failed("it took longer than 10 s"))
    }
}
