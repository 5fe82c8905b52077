/// Whether one CHECK lets in all that another does, told from their texts: what AND and OR join is
/// compared part by part, and of the parts lists and bounds. Nothing more can be told without
/// trying every value.
///
/// A CHECK refuses what is false, so that NULL passes; all that is said here holds with NULL too.
enum CheckBounds {
    /// True where every value that passed before passes now; false where some do not; nil where
    /// that cannot be told. Both in canonical form.
    static func isLoosened(_ old: String, _ new: String) -> Bool? {
        let (before, now) = (SQLToken.all(in: old), SQLToken.all(in: new))
        if implies(before, now, depthMax) { return true }
        if implies(now, before, depthMax) { return false }
        // Two lists, or two bounds, of one column where neither holds the other.
        if let (name, _) = list(before), let (other, _) = list(now), name == other { return false }
        return nil
    }

    /// Parentheses in parentheses: nobody writes so many by hand.
    private static let depthMax = 16

    /// Whether whatever passes `old` passes `new`.
    private static func implies(_ old: [SQLToken], _ new: [SQLToken], _ depth: Int) -> Bool {
        let (old, new) = (old.unwrapped, new.unwrapped)
        if old == new { return true }
        guard depth > 0 else { return false }
        let (either, oneOf) = (parts(of: old, at: "or"), parts(of: new, at: "or"))
        if either.count > 1 { return either.allSatisfy { implies($0, new, depth - 1) } }
        let (both, all) = (parts(of: old, at: "and"), parts(of: new, at: "and"))
        if oneOf.count == 1, all.count > 1 { return all.allSatisfy { implies(old, $0, depth - 1) } }
        if oneOf.count > 1, oneOf.contains(where: { implies(old, $0, depth - 1) }) { return true }
        if both.count > 1 { return both.contains { implies($0, new, depth - 1) } }
        return holds(old, new)
    }

    /// What stands between the ORs, or the ANDs, of the outermost level. The AND of a BETWEEN joins
    /// nothing, and within CASE there is no telling.
    private static func parts(of tokens: [SQLToken], at word: String) -> [[SQLToken]] {
        if tokens.contains(where: { $0.isWord("case") }) { return [tokens] }
        var parts: [[SQLToken]] = [[]]
        var depth = 0
        var isBetween = false
        for token in tokens {
            if token.isMark("(") { depth += 1 }
            if token.isMark(")") { depth -= 1 }
            if depth == 0, token.isWord("between") { isBetween = true }
            let isBound = isBetween && depth == 0 && token.isWord("and")
            if isBound { isBetween = false }
            if depth == 0, !isBound, token.isWord(word) {
                parts.append([])
            } else {
                parts[parts.count - 1].append(token)
            }
        }
        return parts.contains(where: \.isEmpty) ? [tokens] : parts
    }

    // MARK: Parts

    private static func holds(_ old: [SQLToken], _ new: [SQLToken]) -> Bool {
        if let (name, values) = list(old), let (other, more) = list(new), name == other {
            return values.isSubset(of: more)
        }
        guard let (name, mark, value) = bound(old), let (other, limitMark, limit) = bound(new),
            name == other, mark.first == limitMark.first
        else { return false }
        // `x > 5` passes `x >= 5`, and not the other way round.
        if value == limit { return mark == limitMark || limitMark.count > 1 }
        return mark.hasPrefix("<") ? value < limit : value > limit
    }

    /// `x in ( 'a' , 'b' )`, or `x = 'a'`
    private static func list(_ tokens: [SQLToken]) -> (name: SQLToken, values: Set<SQLToken>)? {
        if tokens.count == 3, tokens[0].isName, tokens[1].isMark("="), isPlain(tokens[2]) {
            return (tokens[0], [tokens[2]])
        }
        guard tokens.count > 4, tokens[0].isName, tokens[1].isWord("in"),
            let group = tokens.group(at: 2), group.upperBound == tokens.count
        else { return nil }
        let items = Array(tokens[group].dropFirst().dropLast()).items
        let values = items.compactMap { $0.count == 1 ? $0[0] : nil }
        guard values.count == items.count, values.allSatisfy(isPlain) else { return nil }
        return (tokens[0], Set(values))
    }

    private static func isPlain(_ token: SQLToken) -> Bool {
        token.kind == .literal || token.kind == .number
    }

    /// `x <= 10`, or `length ( x ) <= 10`
    private static func bound(
        _ tokens: [SQLToken]
    ) -> (name: [SQLToken], mark: String, value: Double)? {
        guard var value = tokens.last.flatMap({ $0.kind == .number ? Double($0.text) : nil })
        else { return nil }
        var name = Array(tokens.dropLast())
        if name.last?.isMark("-") == true {
            value = -value
            name.removeLast()
        }
        guard let mark = name.popLast(), ["<", "<=", ">", ">="].contains(mark.text) else {
            return nil
        }
        let isLength =
            name.count == 4 && name[0].isWord("length") && name[1].isMark("(")
            && name[2].isName && name[3].isMark(")")
        guard name.count == 1 && name[0].isName || isLength else { return nil }
        return (name, mark.text, value)
    }
}
