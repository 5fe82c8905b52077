import Bytes
import Foundation
import Testing

@testable import Kernel

@Suite("Files that are read a piece at a time", .timeLimit(.minutes(1)))
struct FileReadingTests {
    private static let pageBytes = 4_096

    @Test(
        "Both ways tell every octet once and in order, whatever the last piece's size",
        arguments: [0, 1, 4_095, 4_096, 4_097, 12_288, 12_289])
    func pieces(count: Int) throws {
        let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 8) }
        let path = FileManager.default.temporaryDirectory.path + "/pieces-\(UUID().uuidString)"
        try Data(octets).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var copied: [UInt8] = []
        try Files.readPieces("test.read", path, pieceBytes: Self.pageBytes) { copied += $0 }
        #expect(copied == octets)
        var mapped: [UInt8] = []
        try Files.readPages("test.read", path, pieceBytes: Self.pageBytes) { pages in
            for offset in 0..<pages.byteCount {
                mapped.append(pages[octet: offset])
            }
        }
        #expect(mapped == octets)
    }
}
