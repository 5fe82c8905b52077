import Testing

@Suite("What the rules take for code")
struct ScannerTests {
    private func code(_ text: String, path: String = "Sources/A/a.swift") -> String {
        String(decoding: SourceFile(path: path, text: text).code, as: UTF8.self)
    }

    @Test("Comments are blanked, nested ones too, and lines and columns stay")
    func comments() {
        #expect(code("a // b\nc") == "a     \nc")
        #expect(code("a /* b /* c */ d */ e") == "a                   e")
    }

    @Test("Strings are blanked: plain, raw, of many lines, with an escaped quote")
    func strings() {
        #expect(code(#"a "b" c"#) == "a     c")
        #expect(code(#"a "b\"c" d"#) == "a        d")
        #expect(code(##"a #"b"c"# d"##) == "a         d")
        #expect(code("a \"\"\"\n b \" c\n \"\"\" d") == "a    \n      \n     d")
    }

    @Test("The inside of an interpolation is code, and the string goes on after it")
    func interpolation() {
        #expect(code(#""a\(b(c))d" e"#) == "    b(c)    e")
        #expect(code(##"#"a\#(b)\(c)"# d"##).filter { $0 != " " } == "bd")
    }

    @Test("A comment's start inside a string starts no comment, a quote in a comment no string")
    func mixed() {
        #expect(code(#"a "//" b"#) == "a      b")
        #expect(code("// it's \"\nb").hasSuffix("\nb"))
    }

    @Test("In C a quote in a character literal opens no string")
    func characters() {
        #expect(code("a '\"' b", path: "Sources/C/a.c") == "a     b")
    }
}
