import Kernel
import Testing

@Suite("Words of a shell's command line")
struct ShellWordTests {
    @Test(
        "A word is quoted where a shell would read something else",
        arguments: [
            ("/var/lib/app.db", "/var/lib/app.db"), ("/a b", "'/a b'"), ("it's", "'it'\\''s'"),
            ("", "''"), ("$x", "'$x'"), ("/ü", "/ü"),
        ])
    func quoted(word: String, text: String) { #expect(word.asShellWord == text) }
}
