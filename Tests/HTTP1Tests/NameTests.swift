import Bytes
import HTTP
import Testing

@testable import HTTP1

@Suite("Octets and names")
struct NameTests {
    private static let letters = "abcdefghijklmnopqrstuvwxyz"
    private static let alphanumeric = letters + letters.uppercased() + "0123456789"

    private static func expectClass(_ mask: UInt8, _ members: Set<UInt8>) {
        for octet in UInt8.min ... .max {
            let end = OctetClass.end(of: mask, [octet].span.octets, from: 0)
            #expect((end == 1) == members.contains(octet), "octet \(octet)")
        }
    }

    @Test("The table of octets holds what the grammars say")
    func classes() {
        let alphanumeric = Set(Self.alphanumeric.utf8)
        let token = alphanumeric.union("!#$%&'*+-.^_`|~".utf8)
        Self.expectClass(OctetClass.token, token)
        Self.expectClass(OctetClass.name, token.subtracting("_".utf8))
        // unreserved, sub-delims, ":", "@", "/" and what browsers add.
        Self.expectClass(
            OctetClass.path, alphanumeric.union("-._~!$&'()*+,;=:@/[]|".utf8))
        Self.expectClass(
            OctetClass.query, Set(UInt8(0x21)...0x7e).subtracting("\"#<>".utf8))
        Self.expectClass(
            OctetClass.text, Set(UInt8(0x20) ... .max).union([9]).subtracting([0x7f]))
    }

    @Test("Eight octets at a time stop at the same octet as one at a time")
    func words() {
        for octet in UInt8.min ... .max {
            for place in 0..<17 {
                var octets = [UInt8](repeating: UInt8(ascii: "a"), count: 17)
                octets[place] = octet
                let isText = OctetClass.isText(octet)
                #expect(OctetClass.textEnd(octets.span.octets, from: 0) == (isText ? 17 : place))
                let isPlain = Self.alphanumeric.utf8.contains(octet) || octet == 0x2d
                #expect(octets.span.octets.plainEnd(from: 0) == (isPlain ? 17 : place))
            }
        }
    }

    @Test(
        "Every known name is found in any case, and nothing near it", arguments: FieldName.allCases)
    func names(name: FieldName) {
        guard name != .other else { return }
        let text = "\(name.name)"
        #expect(Self.lookUp(text) == name)
        #expect(Self.lookUp(text.uppercased()) == name)
        #expect(Self.lookUp(text + "x") != name)
        #expect(Self.lookUp(String(text.dropLast())) != name)
        for place in text.indices {
            var near = text
            near.replaceSubrange(place...place, with: text[place] == "z" ? "y" : "z")
            #expect(Self.lookUp(near) != name)
        }
    }

    private static func lookUp(_ text: String) -> FieldName {
        FieldName([UInt8](text.utf8).span.octets)
    }

    @Test("Methods are told by name and case, with what they promise")
    func methods() {
        func method(_ text: String) -> Method { Method([UInt8](text.utf8).span.octets) }
        let safe: [Method] = [.get, .head, .options, .trace]
        for known in safe + [.post, .put, .delete, .patch, .connect] {
            #expect(method("\(known.name)") == known)
            #expect(known.isSafe == safe.contains(known))
        }
        for other in ["get", "GETT", "PROPFIND", "", "POS"] { #expect(method(other) == .other) }
        #expect(Method.put.isIdempotent && Method.delete.isIdempotent)
        #expect(!Method.post.isIdempotent && !Method.patch.isIdempotent)
        #expect(!Method.other.isSafe && !Method.other.isIdempotent)
    }
}
