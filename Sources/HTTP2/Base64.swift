internal import Bytes

/// 16 octets in Base64 (RFC 4648 section 4), as a WebSocket's key is written.
enum Base64 {
    private static let letters: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    static func encode(_ number: (UInt64, UInt64)) -> InlineArray<24, UInt8> {
        var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "="))
        func octet(_ index: Int) -> UInt32 {
            guard index < 16 else { return 0 }
            let half = index < 8 ? number.0 : number.1
            return UInt32(truncatingIfNeeded: half >> UInt64(56 - index % 8 * 8)) & 0xff
        }
        for group in 0..<6 {
            let first = group * 3
            let bits = octet(first) << 16 | octet(first + 1) << 8 | octet(first + 2)
            // Of the last octet come two letters; two signs fill up.
            for place in 0..<(group == 5 ? 2 : 4) {
                text[group * 4 + place] = letters.octet(Int(bits >> UInt32(18 - place * 6)) & 63)
            }
        }
        return text
    }
}
