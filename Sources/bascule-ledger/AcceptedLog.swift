internal import Foundation

/// One line for each transaction that was committed: what a test compares with what clients were
/// told.
actor AcceptedLog {
    private let file: FileHandle
    private let color: LedgerColor

    /// Appends to the file, or makes it.
    init(path: String, color: LedgerColor) throws {
        let url = URL(fileURLWithPath: path)
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: url) }
        file = try FileHandle(forWritingTo: url)
        try file.seekToEnd()
        self.color = color
    }

    /// `requestID` is what came as X-Request-ID, `-` without one.
    func note(transaction id: String, requestID: String?) throws {
        let request = requestID?.replacing(/[^!-~]/, with: "?").prefix(128) ?? "-"
        try file.write(contentsOf: Data("\(color.rawValue) \(id) \(request)\n".utf8))
    }
}
