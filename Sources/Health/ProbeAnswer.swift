public import Kernel

/// What one probe saw.
public struct ProbeAnswer: Hashable, Sendable {
    /// Why no whole answer came.
    public enum Failure: Hashable, Sendable {
        case timedOut
        /// The connection could not be made, or broke.
        case connection(Errno)
        /// It ended before the answer did.
        case ended
        /// What came is no HTTP answer, or more than a probe reads.
        case invalid(String)
        /// The handshake of TLS failed, in OpenSSL's words.
        case tls(String)
    }

    public enum Result: Hashable, Sendable {
        case answered(status: Int, fields: [Field], body: [UInt8])
        case failed(Failure)
    }

    public struct Field: Hashable, Sendable {
        /// In lower case.
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public let result: Result
    /// From the start of the connection to the end of the answer.
    public let nanoseconds: UInt64

    public init(_ result: Result, nanoseconds: UInt64) {
        self.result = result
        self.nanoseconds = nanoseconds
    }

    /// 2xx passes.
    public var isPassed: Bool {
        switch result {
        case .answered(let status, _, _): 200..<300 ~= status
        case .failed: false
        }
    }

    /// Somebody takes connections there, whatever came of this one.
    public var hasListener: Bool {
        switch result {
        case .answered, .failed(.ended), .failed(.invalid), .failed(.timedOut),
            .failed(.tls):
            true
        case .failed(.connection): false
        }
    }

    /// nil where no answer came.
    public var status: Int? {
        switch result {
        case .answered(let status, _, _): status
        case .failed: nil
        }
    }

    /// For a person: `200 in 3.1 ms`, `connection refused`.
    public var message: String {
        let tenths = nanoseconds / 100_000
        switch result {
        case .answered(let status, _, _): return "\(status) in \(tenths / 10).\(tenths % 10) ms"
        case .failed(.timedOut): return "no answer in \(nanoseconds / 1_000_000) ms"
        case .failed(.connection(let errno)): return errno.message.lowercased()
        case .failed(.ended): return "the connection ended before the answer did"
        case .failed(.invalid(let reason)): return "no valid answer: \(reason)"
        case .failed(.tls(let reason)): return "TLS: \(reason)"
        }
    }
}
