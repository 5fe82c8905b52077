internal import Control
internal import Foundation

/// One record as it stands in the file: a JSON object whose last member is a checksum of all
/// before it, then a line feed.
///
/// `{"active":"green",…,"version":1,"sum":"8f3a01c2"}`: any JSON tool reads it, and a bit that
/// turned over is seen.
enum JournalLine {
    /// The record's JSON has this many octets at most; an operation has a few dozen events.
    static let bytesMax = 1 << 20

    /// Why a line cannot be used.
    enum Fault: Error, Hashable {
        /// Cut off, or never written whole: what a power loss leaves at the end of a file.
        case torn
        case checksum
        /// Whole, but not understood.
        case unreadable(String)
    }

    static func encode(_ record: JournalRecord) throws -> [UInt8] {
        let json = [UInt8](try ControlJSON.encode(record))
        let sum = hexadecimal(Checksum.of(json[...]))
        return json.dropLast() + Array(",\"sum\":\"\(sum)\"}\n".utf8)
    }

    /// `line` is without its line feed.
    static func decode(_ line: ArraySlice<UInt8>) -> Result<JournalRecord, Fault> {
        // Blocks that a file system had reserved and not yet written read as zeros.
        if line.contains(0) { return .failure(.torn) }
        let tail = Array(",\"sum\":\"00000000\"}".utf8)
        guard line.count > tail.count else { return .failure(.checksum) }
        let json = line.dropLast(tail.count) + [UInt8(ascii: "}")]
        let sum = hexadecimal(Checksum.of(json[...]))
        guard Array(line.suffix(tail.count)) == Array(",\"sum\":\"\(sum)\"}".utf8) else {
            return .failure(.checksum)
        }
        do {
            return .success(try ControlJSON.decode(JournalRecord.self, from: Data(json)))
        } catch {
            return .failure(.unreadable("\(error)"))
        }
    }

    private static func hexadecimal(_ sum: UInt32) -> String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// CRC-32 as in Ethernet and gzip (ISO 3309): it finds every burst of up to 32 wrong bits.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1
        }
    }

    static func of(_ octets: ArraySlice<UInt8>) -> UInt32 {
        ~octets.reduce(~UInt32(0)) { sum, octet in
            table[Int(UInt8(truncatingIfNeeded: sum) ^ octet)] ^ sum >> 8
        }
    }
}
