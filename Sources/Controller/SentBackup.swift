internal import Control
internal import Kernel
internal import Logging
internal import SharedDatabase

/// A backup that was sent for a restore, kept by a job as long as the operation needs it.
///
/// The controller opens no file for it: octets come in at the control socket and go out to the role
/// `database`, which as the owner writes them where backups stand. When the job's channel is
/// closed, by us or by our death, it removes them.
struct SentBackup: Sendable {
    /// Of what stands beside a backup, as text.
    static let manifestBytesMax = 4 << 20
    /// Pieces go on in blocks of this size.
    private static let blockBytes = 1 << 20
    /// For the job to take a block: its disk may be busy.
    private static let takenNanoseconds: UInt64 = 60_000_000_000
    /// Whoever is slower keeps the room on the disk for too long.
    private static let bytesPerSecondMin = 1 << 20
    private static let startNanoseconds: UInt64 = 60_000_000_000
    /// For the job to remove it and end.
    private static let removalTime = Duration.seconds(5)

    /// As its sender calls it.
    let name: String
    let folder: String
    private let job: DatabaseJob
    private let parts: ServiceParts

    /// Takes all of it. Throws what forbids it, whether it was sent by then or not.
    static func receive(
        _ sent: inout SentBody, for parts: ServiceParts
    ) async throws(Problem) -> SentBackup {
        let body = sent.body
        try mustBeName(body.file)
        guard (body.manifest?.utf8.count ?? 0) <= manifestBytesMax else {
            throw Problem(
                .badRequest, "manifest: expected at most \(manifestBytesMax) octets")
        }
        let order = ReceiveOrder(
            file: body.file, bytes: sent.bytes, manifest: body.manifest,
            isUnchecked: body.override?.contains(.backup) ?? false)
        do throws(WorkFailure) {
            let job = try await parts.largeJob(.receive(order))
            do throws(WorkFailure) {
                guard case .receiving = try await job.answer() else { throw .unexpected }
                try await pass(&sent, to: job)
                guard case .received(let folder) = try await job.answer() else {
                    throw .unexpected
                }
                return SentBackup(name: body.file, folder: folder, job: job, parts: parts)
            } catch {
                await end(job, parts)
                throw error
            }
        } catch {
            throw error.problem
        }
    }

    /// For messages only, and for one line.
    private static func mustBeName(_ name: String) throws(Problem) {
        let isPlain =
            1...255 ~= name.utf8.count
            && name.unicodeScalars.allSatisfy {
                $0 != "/" && $0.properties.generalCategory != .control
            }
        guard isPlain else {
            throw Problem(.badRequest, "file: expected a name of 1 to 255 octets, without slashes")
        }
    }

    private static func pass(_ sent: inout SentBody, to job: DatabaseJob) async throws(WorkFailure)
    {
        let seconds = UInt64(clamping: sent.bytes / bytesPerSecondMin)
        let end = Instant.now.advanced(byNanoseconds: startNanoseconds)
            .advanced(byNanoseconds: seconds * 1_000_000_000)
        var passed = 0
        var block: [UInt8] = []
        while passed < sent.bytes {
            guard let piece = await sent.next() else {
                throw WorkFailure(
                    .refused, "the backup broke off after \(passed) of \(sent.bytes) octets")
            }
            guard Instant.now < end else {
                throw WorkFailure(
                    .refused, "the backup was sent too slowly: \(passed) of \(sent.bytes) octets",
                    hint: "copy it to this machine first")
            }
            block += piece
            passed += piece.count
            guard block.count >= blockBytes || passed >= sent.bytes else { continue }
            try await job.pass(block, within: takenNanoseconds)
            block = []
        }
    }

    /// Returns when it is gone from the disk.
    func remove() async { await Self.end(job, parts) }

    /// A job that did not say a last word was killed, and has left what it had.
    private static func end(_ job: DatabaseJob, _ parts: ServiceParts) async {
        job.close()
        let isClean = await withTaskGroup(of: Bool?.self) { group in
            group.addTask {
                var last: DatabaseNotice?
                while let notice = await job.next() { last = notice }
                return last.map { if case .failed = $0 { true } else { $0 == .tidied } } ?? false
            }
            group.addTask {
                await sleep(removalTime)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard isClean == false else { return }
        do throws(WorkFailure) {
            _ = try await parts.job(.tidy).answer()
        } catch {
            parts.logger.warning("\(parts.name): what was sent stays for now: \(error.message)")
        }
    }
}
