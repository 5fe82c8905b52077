import Bytes
import HTTP

/// Transfer-Encoding of a request: `chunked` and nothing else (RFC 9112 sections 6.1 and 7).
enum TransferCoding {
    /// Refuses every value but `chunked`: another coding before it is one that is not known (501),
    /// anything else leaves the content's end in doubt (400).
    static func check(_ value: RawSpan) throws(Halt) {
        if value.equalsIgnoringCase("chunked") { return }
        var list = ListReader(value)
        var count = 0
        var chunkedAt = 0
        while let element = list.next(value) {
            let coding = value[element]
            count += 1
            guard OctetClass.tokenEnd(of: OctetClass.token, coding, from: 0) == coding.byteCount,
                chunkedAt == 0
            else {
                throw .refused(.badRequest("a Transfer-Encoding that is not valid"))
            }
            if coding.equalsIgnoringCase("chunked") { chunkedAt = count }
        }
        if chunkedAt == count, count > 1 {
            throw .refused(
                Refusal(.notSupported, .notImplemented, "a transfer coding that is not known"))
        }
        throw .refused(.badRequest("a Transfer-Encoding that does not end in chunked"))
    }
}
