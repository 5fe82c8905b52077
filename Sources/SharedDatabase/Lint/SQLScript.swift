/// A file of statements as octets, with a zero behind its end as C wants it.
struct SQLScript {
    /// Without the zero.
    let octets: [UInt8]
    let terminated: [UInt8]

    init(_ octets: [UInt8]) {
        self.octets = octets
        terminated = octets + [0]
    }

    /// Where a statement that begins at or after `offset` has its first word: past white space,
    /// semicolons and comments (https://sqlite.org/lang_comment.html).
    func start(from offset: Int) -> Int {
        var index = offset
        while index < octets.count {
            switch octets[index] {
            case 0x09...0x0d, 0x20, UInt8(ascii: ";"): index += 1
            case UInt8(ascii: "-") where at(index + 1) == UInt8(ascii: "-"):
                while index < octets.count, octets[index] != 0x0a { index += 1 }
            case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "*"):
                index += 2
                while index < octets.count,
                    !(octets[index] == UInt8(ascii: "*") && at(index + 1) == UInt8(ascii: "/"))
                { index += 1 }
                index = min(index + 2, octets.count)
            case _: return index
            }
        }
        return index
    }

    /// Right behind the semicolon that ends the statement which begins at `start`, or the end of
    /// the text. Semicolons in quotes and comments end nothing; those between a trigger's own
    /// statements do, which is enough to name it.
    func end(from start: Int) -> Int {
        var index = start
        while let octet = at(index) {
            switch octet {
            case UInt8(ascii: ";"): return index + 1
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                index = past(octet, from: index + 1)
            case UInt8(ascii: "["): index = past(UInt8(ascii: "]"), from: index + 1)
            case UInt8(ascii: "-") where at(index + 1) == UInt8(ascii: "-"):
                index = past(0x0a, from: index + 2)
            case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "*"):
                index += 2
                while let next = at(index),
                    !(next == UInt8(ascii: "*") && at(index + 1) == UInt8(ascii: "/"))
                { index += 1 }
                index += 2
            case _: index += 1
            }
        }
        return octets.count
    }

    /// Behind the next such octet. A doubled quote ends one quotation and begins the next.
    private func past(_ octet: UInt8, from start: Int) -> Int {
        (octets[min(start, octets.count)...].firstIndex(of: octet) ?? octets.count) + 1
    }

    /// Whether a statement is a VACUUM that writes to no other file.
    func isPlainVacuum(_ range: Range<Int>) -> Bool {
        let name = "vacuum"
        let first = String(decoding: octets[range].prefix(name.utf8.count), as: UTF8.self)
        guard first.asciiLowercased == name else { return false }
        let words = SQLToken.all(in: String(decoding: octets[range], as: UTF8.self))
        return words.first?.isWord(name) == true && !words.contains { $0.isWord("into") }
    }

    private func at(_ index: Int) -> UInt8? { index < octets.count ? octets[index] : nil }
}
