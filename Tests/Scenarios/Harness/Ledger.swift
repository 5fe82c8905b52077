import Kernel

/// A `bascule-ledger` on a SQLite file that it shares with others.
final class Ledger: Sendable {
    let program: Program
    let address: SocketAddress
    private let log: String
    private let folder: Scratch

    /// Returns when it is healthy, its migrations applied. The file and the log stand in `folder`.
    init(
        _ color: String, level: Int, in folder: Scratch, migrates: Bool = true
    ) throws {
        self.folder = folder
        log = "accepted-\(color).log"
        let program = try Program(
            BuildFolder.path(of: "bascule-ledger"),
            [
                "--color", color, "--port", "0", "--database", Self.database(in: folder),
                "--schema-level", "\(level)", "--log", folder.file(log),
                migrates ? "--migrate" : "--no-migrate",
            ])
        self.program = program
        let port = try Wait.forValue("the \(color) ledger listens") { () -> UInt16? in
            guard let line = program.standardOutput.split(separator: "\n").first else {
                return nil
            }
            return line.split(separator: " ").last.flatMap { UInt16($0) }
        }
        let address = SocketAddress.ipv4(0x7f00_0001, port: port)
        self.address = address
        try Wait.until("the \(color) ledger is healthy") {
            try RawConnection(to: address).get("/health").status == 200
        }
    }

    static func database(in folder: Scratch) -> String { folder.file("ledger.db") }

    /// The ids of the transactions that this process has committed, in order.
    var accepted: [String] {
        folder.text(of: log).split(separator: "\n").compactMap {
            $0.split(separator: " ").dropFirst().first.map(String.init)
        }
    }

    /// Makes the category that loads refer to; returns its number.
    func makeCategory(_ name: String) throws -> Int {
        let answer = try RawConnection(to: address).post(
            "/categories", "{\"name\":\"\(name)\"}", "Content-Type: application/json")
        guard answer.status == 201, let location = answer["location"],
            let id = location.split(separator: "/").last.flatMap({ Int($0) })
        else { throw RawConnection.Failure.notHTTP("\(answer.startLine) \(answer.text)") }
        return id
    }

    /// Ends it with TERM; returns its exit code.
    @discardableResult
    func stop() throws -> Int32 {
        program.send(.terminate)
        return try program.ending()
    }
}
