internal import Control
internal import Foundation
internal import Kernel
internal import Logging
internal import Synchronization
internal import TLS

/// What the controller knows of certificates: what the supervisor said at the start, and after
/// every time that the files were read again.
final class CertificateBook: Sendable {
    /// How often their days are looked at: days are long.
    static let interval = Duration.seconds(3_600)

    private struct State {
        var facts: CredentialFacts
        /// How urgent each one is, as far as it was said in the log.
        var said: [CertificateStatus: CertificateStatus.Urgency] = [:]
        /// Those of which it was said that nothing is stapled any more.
        var unstapled: Set<CertificateStatus> = []
        /// By service, made when first asked for.
        var clients: [Int: TLSClient] = [:]
    }

    private let state: Mutex<State>
    private let logger: Logger

    init(_ facts: CredentialFacts, logger: Logger) {
        state = Mutex(State(facts: facts))
        self.logger = logger
    }

    /// Reads a sealed file of the supervisor's.
    static func facts(_ file: borrowing Descriptor) throws -> CredentialFacts {
        try ControlJSON.decode(
            CredentialFacts.self,
            from: Data(try MemoryFile.contents("controller.facts", of: file)))
    }

    /// The running configuration with its defaults filled in, as JSON.
    var configuration: String { state.withLock { $0.facts.configuration } }

    /// Each with what its days have to say now.
    var certificates: [CertificateStatus] {
        state.withLock { $0.facts.certificates }.map { $0.seen(at: .now) }
    }

    /// Our side of TLS towards a service's targets; nil where it cannot be made.
    func client(of service: Int) -> TLSClient? {
        state.withLock { state in
            if let client = state.clients[service] { return client }
            let anchors = state.facts.anchors
            guard anchors.indices.contains(service) else { return nil }
            do {
                let client = try TLSClient(anchors: Array(anchors[service].utf8))
                state.clients[service] = client
                return client
            } catch {
                logger.error("upstream_tls of service \(service): \(error)")
                return nil
            }
        }
    }

    func replace(_ facts: CredentialFacts) {
        state.withLock { state in
            state.facts = facts
            state.clients = [:]
        }
    }

    /// Says in the log when one comes nearer to its end, at 30, 14 and 3 days and when it is over.
    func run() async {
        while !Task.isCancelled {
            sayUrgent(at: .now)
            do {
                try await Task.sleep(for: Self.interval, clock: .suspending)
            } catch {
                return  // The controller ends.
            }
        }
    }

    private func sayUrgent(at now: Timestamp) {
        for certificate in state.withLock({ $0.facts.certificates }) {
            if let warning = certificate.staplingWarning(at: now),
                state.withLock({ $0.unstapled.insert(certificate).inserted })
            {
                logger.warning(
                    "\(certificate.listener): the certificate \(certificate.path): \(warning)")
            }
            let urgency = certificate.urgency(at: now)
            let said = state.withLock { state in
                defer { state.said[certificate] = urgency }
                return state.said[certificate] ?? .none
            }
            guard urgency > said, let warning = certificate.daysWarning(at: now) else { continue }
            logger.warning(
                "\(certificate.listener): the certificate \(certificate.path) \(warning)")
        }
    }
}
