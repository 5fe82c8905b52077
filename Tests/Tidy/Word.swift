/// An identifier or keyword of a Swift file.
struct Word {
    let text: String
    /// From 1.
    let line: Int
    /// Where it starts in the file's bytes.
    let offset: Int
    /// The bytes that touch it; nil at either end of the file.
    let before: UInt8?
    let after: UInt8?

    static func all(in code: [UInt8]) -> [Word] {
        var words: [Word] = []
        var line = 1
        var start: Int?
        for index in 0...code.count {
            let byte = index < code.count ? code[index] : UInt8(ascii: "\n")
            if isPart(byte) {
                start = start ?? index
                continue
            }
            if let first = start {
                words.append(
                    Word(
                        text: String(decoding: code[first..<index], as: UTF8.self), line: line,
                        offset: first, before: first > 0 ? code[first - 1] : nil,
                        after: index < code.count ? code[index] : nil))
                start = nil
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
        }
        return words
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
