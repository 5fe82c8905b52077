import Bytes
import HTTP

/// What the Connection fields of a head say (RFC 9110 section 7.6.1).
struct ConnectionOptions {
    var closes = false
    var keepsAlive = false
    var upgrades = false
    /// An option that may name a field.
    var namesFields = false
    var count: UInt8 = 0

    /// Reads one Connection value; false where it is no list of tokens, or too long a one.
    mutating func read(_ value: RawSpan) -> Bool {
        // What nearly every peer says, alone.
        if value.equalsIgnoringCase("keep-alive") {
            keepsAlive = true
            count += 1
            return count <= Strictness.connectionOptionsMax
        }
        var list = ListReader(value)
        while let element = list.next(value) {
            let option = value[element]
            guard OctetClass.tokenEnd(of: OctetClass.token, option, from: 0) == option.byteCount
            else {
                return false
            }
            count += 1
            guard count <= Strictness.connectionOptionsMax else { return false }
            if option.equalsIgnoringCase("close") {
                closes = true
            } else if option.equalsIgnoringCase("keep-alive") {
                keepsAlive = true
            } else if option.equalsIgnoringCase("upgrade") {
                upgrades = true
            } else {
                namesFields = true
            }
        }
        return true
    }

    /// Marks every field that an option names. Host stays: it says where the request goes.
    static func drop(_ fields: inout FieldTable, _ bytes: RawSpan) {
        for connection in 0..<fields.count where fields[connection].known == .connection {
            let value = bytes[fields[connection].value]
            var list = ListReader(value)
            while let element = list.next(value) {
                for index in 0..<fields.count where fields[index].known != .host {
                    let field = fields[index]
                    if bytes[field.name].equalsIgnoringCase(value[element]) {
                        fields[index].isDropped = true
                    }
                }
            }
        }
    }
}

/// Walks over the elements of a comma-separated list, empty ones left out (RFC 9110 section 5.6.1).
struct ListReader {
    private var at = 0

    init(_ value: RawSpan) {}

    /// The next element without the blanks around it, nil at the end.
    mutating func next(_ value: RawSpan) -> ByteRange? {
        while at < value.byteCount {
            var end = value.firstIndex(of: UInt8(ascii: ","), from: at) ?? value.byteCount
            var start = at
            at = end + 1
            while start < end, OctetClass.isBlank(value[octet: start]) { start += 1 }
            while end > start, OctetClass.isBlank(value[octet: end - 1]) { end -= 1 }
            if start < end { return ByteRange(start, end) }
        }
        return nil
    }
}
