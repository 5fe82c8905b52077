import Foundation
import Testing

@testable import Kernel

@Suite("Folders that are made where they are missing", .timeLimit(.minutes(1)))
struct FolderTests {
    @Test("What is missing above is made too; under a link to nowhere nothing can be")
    func make() throws {
        let top = FileManager.default.temporaryDirectory.path + "/folder-\(UUID().uuidString)"
        defer { _ = Result { try FileManager.default.removeItem(atPath: top) } }
        #expect(try Folder.make("test.folder", top + "/a/b", mode: 0o700))
        #expect(try !Folder.make("test.folder", top + "/a/b", mode: 0o700))
        try FileManager.default.createSymbolicLink(
            atPath: top + "/link", withDestinationPath: top + "/nowhere")
        let error = #expect(throws: SystemError.self) {
            try Folder.make("test.folder", top + "/link/a/b", mode: 0o700)
        }
        #expect(error?.errno == .noSuchFile)
    }
}
