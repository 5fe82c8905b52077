extension String {
    /// As a name in an SQL statement, whatever it consists of: in quotes, every quote in it doubled
    /// (https://sqlite.org/lang_keywords.html). GRDB's own quoting doubles none.
    ///
    /// By octets: a quote with a combining mark behind it is one character, and a quote all the
    /// same.
    var asSQLName: String {
        let quote = UInt8(ascii: "\"")
        var octets = [quote]
        for octet in utf8 {
            if octet == quote { octets.append(quote) }
            octets.append(octet)
        }
        octets.append(quote)
        return String(decoding: octets, as: UTF8.self)
    }
}
