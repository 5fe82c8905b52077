import Bytes
import HTTP

/// Names with underscores that a CGI-style app cannot tell from the field with hyphens.
enum Twins {
    /// Longer than every name that has a rule.
    private static let nameBytesMax = 32

    /// Whether the name, its underscores read as hyphens, is one whose twins are dropped.
    static func isDropped(_ name: RawSpan) -> Bool {
        guard name.byteCount <= nameBytesMax else { return false }
        let hyphened = hyphened(name)
        return HeaderRules.dropsTwin(
            of: FieldName(hyphened.span.octets.extracting(0..<name.byteCount)))
    }

    /// Whether the name, its underscores read as hyphens, is one that no trailer has.
    static func isRefused(asTrailer name: RawSpan) -> Bool {
        guard name.byteCount <= nameBytesMax else { return false }
        let hyphened = hyphened(name)
        let octets = hyphened.span.octets.extracting(0..<name.byteCount)
        return !HeaderRules.passesAsTrailer(octets, known: FieldName(octets))
    }

    private static func hyphened(_ name: RawSpan) -> InlineArray<32, UInt8> {
        var octets = InlineArray<32, UInt8>(repeating: 0)
        for at in 0..<name.byteCount {
            let octet = name[octet: at]
            octets[at] = octet == UInt8(ascii: "_") ? UInt8(ascii: "-") : octet
        }
        return octets
    }
}
