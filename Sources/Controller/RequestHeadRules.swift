internal import Control
internal import NIOHTTP1

/// Which heads of requests the control socket and the admin listener refuse.
enum RequestHeadRules {
    /// What the parser lets pass although HTTP/1.1 does not (RFC 9112).
    static func problem(of head: HTTPRequestHead) -> Problem? {
        hostProblem(head) ?? codingProblem(head) ?? methodProblem(head)
    }

    /// One Host, in HTTP/1.0 at most one (RFC 9112 section 3.2).
    private static func hostProblem(_ head: HTTPRequestHead) -> Problem? {
        let hosts = head.headers["host"]
        guard let host = hosts.first else {
            return head.version == .http1_0
                ? nil : Problem(.badRequest, "Host: missing, expected one")
        }
        guard hosts.count == 1 else {
            return Problem(.badRequest, "Host: found \(hosts.count) of them, expected one")
        }
        // An empty one is what a client sends that knows no name.
        guard host.utf8.allSatisfy(isOfAuthority) else {
            return Problem(
                .badRequest,
                "Host: found \"\(shown(host))\", expected a name or an address, and a port")
        }
        return nil
    }

    /// Of reg-name, IP-literal and port (RFC 3986 section 3.2).
    private static func isOfAuthority(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case _: "-._~%!$&'()*+;=:[]".utf8.contains(octet)
        }
    }

    /// Only `chunked` is read here; what has another coding inside must not be taken for what it
    /// would be without it (RFC 9112 section 6.1).
    private static func codingProblem(_ head: HTTPRequestHead) -> Problem? {
        let codings = head.headers["transfer-encoding"]
        guard !codings.isEmpty else { return nil }
        guard head.version != .http1_0 else {
            return Problem(
                .badRequest, "Transfer-Encoding: found in HTTP/1.0, expected Content-Length")
        }
        guard codings.count == 1, codings[0].lowercased() == "chunked" else {
            return Problem(
                .notSupported,
                "Transfer-Encoding: found \"\(shown(codings.joined(separator: ", ")))\", "
                    + "expected chunked")
        }
        return nil
    }

    private static func methodProblem(_ head: HTTPRequestHead) -> Problem? {
        guard head.method == .CONNECT else { return nil }
        return Problem(.notSupported, "found CONNECT, expected GET, HEAD or POST")
    }

    /// Of a client's text, in a message.
    private static let shownMax = 100

    private static func shown(_ text: String) -> Substring { text.prefix(shownMax) }

    /// What the parser does not let pass. It does not say where: what was expected is all that can
    /// be told.
    static func problem(of error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow:
            return Problem(
                .fieldsTooLarge,
                "found a longer head, expected at most \(APIServer.headBytesMax) octets and "
                    + "\(APIServer.headFieldsMax) fields")
        case .invalidVersion:
            return Problem(
                .versionNotSupported,
                "found another end of the request's line, expected HTTP/1.1 and CR LF")
        case .paused:
            return Problem(
                .versionNotSupported, "found the preface of HTTP/2, expected HTTP/1.1")
        case .invalidMethod:
            return Problem(
                .badRequest, "found no method that is known, expected GET, HEAD or POST")
        case .invalidURL:
            return Problem(
                .badRequest,
                "found an octet that no target may hold, expected a path like /v1/status")
        case .invalidConstant:
            return Problem(
                .badRequest, "found something else behind the target, expected HTTP/1.1")
        case .invalidHeaderToken:
            return Problem(
                .badRequest,
                "found an octet that no field may hold, expected lines like Name: value, each "
                    + "ended by CR LF")
        case .lfExpected, .strictModeAssertion:
            return Problem(.badRequest, "found a line with another end, expected CR LF")
        case .invalidContentLength:
            return Problem(
                .badRequest, "Content-Length: found something else, expected a number of octets")
        case .unexpectedContentLength:
            return Problem(
                .badRequest,
                "found two statements of the body's length, expected one Content-Length, or "
                    + "Transfer-Encoding: chunked")
        case .invalidEOFState:
            return Problem(.badRequest, "found an early end, expected a whole head")
        case .unknown:
            // Of several reasons, this is what is met.
            return Problem(
                .badRequest,
                "found Transfer-Encoding beside a length or without chunked, expected one "
                    + "Content-Length, or Transfer-Encoding: chunked")
        case _:
            return Problem(
                .badRequest, "found \(error.debugDescription), expected a request of HTTP/1.1")
        }
    }
}
