import Board
public import Kernel
import TLS

/// The certificates that a worker began with, and where the supervisor sends newer ones.
public struct CredentialSource: ~Copyable {
    public internal(set) var version: UInt64
    let renewals: MessageChannel

    public init(version: UInt64, renewals: consuming MessageChannel) {
        self.version = version
        self.renewals = renewals
    }
}

extension Worker {
    /// New connections get the newest certificates that were sent; those that stand keep theirs,
    /// and the tickets that they have are good as before.
    mutating func renewCredentials() {
        var newest: Credentials?
        while var message = credentials.renewals.receivePassed("worker.credentials") {
            guard let file = message.descriptor.take(), let sent = read(file) else { continue }
            // What was sent to the worker before this one may be older than what it began with.
            if sent.version > (newest?.version ?? credentials.version) { newest = sent }
        }
        guard let newest else { return }
        do {
            try use(newest)
            credentials.version = newest.version
            core.board.setCredentials(slot: core.slot, version: newest.version)
        } catch {
            // The reader has tried the very same: only memory can be short.
            ThisProcess.write("bascule: worker \(core.slot): certificates stay: \(error)\n")
        }
    }

    private func read(_ file: consuming Descriptor) -> Credentials? {
        do {
            return Credentials(try MemoryFile.contents("worker.credentials", of: file))
        } catch {
            ThisProcess.write("bascule: worker \(core.slot): certificates stay: \(error)\n")
            return nil
        }
    }

    private mutating func use(_ newest: Credentials) throws {
        var rules = listenerRules
        for index in rules.indices where newest.listeners.indices.contains(index) {
            guard let old = rules[index].server else { continue }
            let certificates = try newest.listeners[index].map { try Certificate($0) }
            guard !certificates.isEmpty else { continue }
            let server = try TLSServer(certificates, old.options)
            server.use(ticketKeys: old.ticketKeys)
            rules[index].server = server
        }
        for (service, anchors) in newest.anchors.enumerated()
        where targetClients.indices.contains(service) && targetClients[service] != nil {
            targetClients[service] = try TLSClient(anchors: anchors)
            pools[service * 2].forgetSessions()
            pools[service * 2 + 1].forgetSessions()
        }
        listenerRules = rules
    }
}
