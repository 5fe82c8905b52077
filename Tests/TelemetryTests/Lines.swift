import Bytes
import Foundation
import HTTP
import Kernel

@testable import Telemetry

/// Lines as the worker has them written.
enum Lines {
    /// 2026-01-15T14:30:00.123Z.
    static let time: UInt64 = 1_768_487_400_123

    static func text(
        _ head: String, _ format: AccessLogFormat = .json, lineBytesMax: Int = .max,
        _ change: (inout AccessRecord) -> Void = { _ in }
    ) -> String {
        text(octets: Array(head.utf8), format, lineBytesMax: lineBytesMax, change)
    }

    static func text(
        octets: [UInt8], _ format: AccessLogFormat = .json, lineBytesMax: Int = .max,
        _ change: (inout AccessRecord) -> Void = { _ in }
    ) -> String {
        var record = AccessRecord()
        record.time = time
        record.client = .ipv4(0x7f00_0001)
        record.status = 200
        record.head = AccessHead(octets.span.octets)
        change(&record)
        var buffer = ByteBuffer()
        format.write(record, octets.span.octets, lineBytesMax: lineBytesMax, into: &buffer)
        let span = buffer.bytes
        return String(decoding: (0..<span.byteCount).map { span[octet: $0] }, as: UTF8.self)
    }

    /// The fields of a line, which has to be one valid object.
    static func fields(_ line: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return object as? [String: Any] ?? [:]
    }
}
