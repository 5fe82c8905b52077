import TLS
import Testing

@testable import SharedDatabase

@Suite("The fingerprint of a schema")
struct FingerprintTests {
    private func table(_ name: String, _ sql: String) -> SchemaObject {
        SchemaObject(type: "table", name: name, table: name, sql: sql)
    }

    @Test("Spacing and order of the rows do not count, a word does")
    func spacing() {
        let a = table("a", "CREATE TABLE a (x INTEGER)")
        let b = table("b", "CREATE TABLE b (y TEXT)")
        let spaced = table("a", "CREATE  TABLE a\n\t(x   INTEGER)")
        #expect(SchemaFingerprint.of([a, b]) == SchemaFingerprint.of([b, spaced]))
        let other = table("a", "CREATE TABLE a (x TEXT)")
        #expect(SchemaFingerprint.of([a]) != SchemaFingerprint.of([other]))
    }

    @Test("Spacing inside quotes counts")
    func quotes() {
        #expect(SchemaFingerprint.normalised("a  'b  ''c'  d") == "a 'b  ''c' d")
        #expect(SchemaFingerprint.normalised("[x  y]   \"z  \"") == "[x  y] \"z  \"")
    }

    @Test("Bookkeeping tables do not count, in any letter case")
    func bookkeeping() {
        let a = table("a", "CREATE TABLE a (x INTEGER)")
        let history = table("__efmigrationshistory", "CREATE TABLE …")
        #expect(SchemaFingerprint.of([a, history]) == SchemaFingerprint.of([a]))
    }

    @Test("The digest is SHA-256, at and around the block's edge")
    func digest() {
        #expect(
            SHA256.hexadecimal(of: "")
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hexadecimal(of: "abc")
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexadecimal(of: String(repeating: "a", count: 55))
                == "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318")
        #expect(
            SHA256.hexadecimal(of: String(repeating: "a", count: 56))
                == "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a")
        #expect(
            SHA256.hexadecimal(of: String(repeating: "a", count: 64))
                == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb")
    }
}
