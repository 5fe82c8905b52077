import Board
import Kernel

/// Everything that roles inherit, opened once: it outlives each of them, so that a role which is
/// started again finds the same sockets, the same board, and messages that wait.
struct Wiring: ~Copyable {
    let board: Board
    /// Our end of the controller's channel.
    let controller: MessageChannel
    var listeners: DescriptorList
    /// What it listens to in fact: a port that the kernel chose is filled in.
    let addresses: [SocketAddress]
    /// nil where the access log is no file.
    var log: LogFile?
    var files: SharedFiles
    private let ends: ChannelEnds

    /// Opens everything, or nothing: what was open when one step failed is closed again.
    static func open(_ plan: SupervisorPlan) throws(SystemError) -> Wiring {
        let created = try Board.create(
            BoardShape(services: plan.services.count, slots: plan.slots))
        let board = created.board
        let configuration = try MemoryFile.sealed(
            "supervisor.configuration", name: "bascule-configuration",
            contents: plan.configuration)
        let credentials = try MemoryFile.sealed(
            "supervisor.credentials", name: "bascule-credentials", contents: plan.credentials)
        let facts = try MemoryFile.sealed(
            "supervisor.facts", name: "bascule-facts", contents: plan.facts)
        let listeners = try ListeningSockets.open(plan.listeners)
        // Without an admin address its number is taken all the same, so that the others stay.
        let admin =
            if let address = plan.admin {
                try ListeningSockets.openOne("supervisor.admin", address)
            } else { try configuration.duplicate("supervisor.admin") }
        let channel = try Socket.messagePair("supervisor.channel").release()
        let controller = MessageChannel(Descriptor(owning: channel.first))
        let controllerEnd = Descriptor(owning: channel.second)
        let ends = try ChannelEnds.open(slots: plan.slots, services: plan.services.count)
        let log = try LogFile.open(plan.accessLog, slots: plan.slots)
        return Wiring(
            board: board, controller: controller,
            addresses: listeners.numbers.compactMap { Socket.localAddress($0) },
            listeners: listeners, log: log,
            files: SharedFiles(
                configuration: configuration, credentials: credentials, facts: facts,
                created: created, admin: admin, controllerEnd: controllerEnd),
            ends: ends)
    }

    private init(
        board: Board, controller: consuming MessageChannel, addresses: [SocketAddress],
        listeners: consuming DescriptorList, log: consuming LogFile?,
        files: consuming SharedFiles, ends: consuming ChannelEnds
    ) {
        self.board = board
        self.controller = controller
        self.addresses = addresses
        self.listeners = listeners
        self.log = log
        self.files = files
        self.ends = ends
    }

    /// What a job gets that has a channel of its own.
    func descriptors(ofJobOn channel: CInt) -> [CInt] {
        [files.configuration.number, channel]
    }

    /// What a role gets as 3, 4, 5 and so on, in the order that `RoleDescriptors` tells it.
    func descriptors(of role: Role) -> [CInt] {
        switch role {
        case .worker(let slot):
            [
                files.configuration.number, files.created.file.number, ends.wakes.numbers[slot],
                ends.queriesOfWorkers.numbers[slot], files.credentials.number,
                ends.credentialsOfWorkers.numbers[slot],
            ] + listeners.numbers + logDescriptors(slot)
        case .controller:
            [
                files.configuration.number, files.created.file.number,
                files.controllerEnd.number, files.admin.number, files.facts.number,
            ] + ends.wakes.numbers + ends.queriesOfController.numbers
                + ends.jobsOfController.numbers
        case .database(let service, _):
            [files.configuration.number, ends.jobsOfDatabase.numbers[service]]
        // It is started with a channel of its own.
        case .reader: [files.configuration.number]
        }
    }

    /// Where each slot's worker is told of newer certificates.
    var credentialEnds: [CInt] { ends.credentials.numbers }

    private func logDescriptors(_ slot: Int) -> [CInt] {
        switch log {
        case .some(let log): log.descriptors(slot)
        case .none: []
        }
    }
}

/// What every role, or the controller alone, gets one of.
struct SharedFiles: ~Copyable {
    var configuration: Descriptor
    /// Only workers get it.
    var credentials: Descriptor
    /// Only the controller gets it.
    var facts: Descriptor
    let created: CreatedBoard
    let admin: Descriptor
    let controllerEnd: Descriptor
}

/// What there is one of for each slot and each service, both ends of it.
struct ChannelEnds: ~Copyable {
    let wakes: DescriptorList
    let credentials: DescriptorList
    let credentialsOfWorkers: DescriptorList
    let queriesOfWorkers: DescriptorList
    let queriesOfController: DescriptorList
    let jobsOfController: DescriptorList
    let jobsOfDatabase: DescriptorList

    static func open(slots: Int, services: Int) throws(SystemError) -> ChannelEnds {
        var wakes = DescriptorList()
        var credentials = DescriptorList()
        var credentialsOfWorkers = DescriptorList()
        var queriesOfWorkers = DescriptorList()
        var queriesOfController = DescriptorList()
        var jobsOfController = DescriptorList()
        var jobsOfDatabase = DescriptorList()
        for _ in 0..<slots {
            wakes.append(try EventCounter("supervisor.wake").intoDescriptor())
            try pair("supervisor.credentials", &credentials, &credentialsOfWorkers)
            try pair("supervisor.query", &queriesOfWorkers, &queriesOfController)
        }
        for _ in 0..<services {
            try pair("supervisor.job", &jobsOfDatabase, &jobsOfController)
        }
        return ChannelEnds(
            wakes: wakes, credentials: credentials, credentialsOfWorkers: credentialsOfWorkers,
            queriesOfWorkers: queriesOfWorkers,
            queriesOfController: queriesOfController, jobsOfController: jobsOfController,
            jobsOfDatabase: jobsOfDatabase)
    }

    private static func pair(
        _ operation: StaticString, _ first: inout DescriptorList, _ second: inout DescriptorList
    ) throws(SystemError) {
        let pair = try Socket.messagePair(operation).release()
        first.append(Descriptor(owning: pair.first))
        second.append(Descriptor(owning: pair.second))
    }
}
