import Foundation
import Testing

/// A library of C that a test puts before libc in the processes of a Bascule: LD_PRELOAD.
enum Shim {
    /// Compiles it with the clang that comes with Swift; returns the library's path.
    static func compile(_ source: String, in folder: Scratch) throws -> String {
        let library = folder.file("shim.so")
        let file = try folder.write(source, to: "shim.c")
        let compiler = try Command(
            Program(
                "/usr/bin/env",
                [
                    "clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, file,
                    "-ldl",
                ]))
        try #require(compiler.code == 0, "\(compiler.errors)")
        return library
    }
}
