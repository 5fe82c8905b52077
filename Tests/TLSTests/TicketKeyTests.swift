import TLS
import Testing

@Suite("Keys of session tickets")
struct TicketKeyTests {
    @Test("Exactly eighty octets make a key")
    func size() {
        #expect(TicketKey([UInt8](repeating: 1, count: TicketKey.bytes)) != nil)
        #expect(TicketKey([UInt8](repeating: 1, count: TicketKey.bytes - 1)) == nil)
        #expect(TicketKey([UInt8](repeating: 1, count: TicketKey.bytes + 1)) == nil)
    }
}
