import Foundation
import Kernel
import Testing

/// Certificates made by the openssl command, in a folder of their own.
struct Certificates {
    enum Key: String {
        case ecdsa = "ec -pkeyopt ec_paramgen_curve:P-256"
        case rsa = "rsa:2048"
        /// Less than OpenSSL takes.
        case weak = "rsa:1024"
    }

    let folder: Scratch

    init() throws { folder = try Scratch() }

    /// A self-signed certificate for these names, and its key.
    func make(_ name: String, for hosts: String..., key: Key = .ecdsa, days: Int = 90) throws {
        let names = hosts.map { $0.first?.isNumber ?? false ? "IP:\($0)" : "DNS:\($0)" }
        let words = key.rawValue.split(separator: " ").map(String.init)
        try openssl(
            ["req", "-x509", "-nodes", "-newkey"] + words + [
                "-keyout", keyPath(name), "-out", path(name), "-days", "\(days)",
                "-subj", "/CN=\(name)", "-addext",
                "subjectAltName=" + names.joined(separator: ","),
            ])
    }

    func path(_ name: String) -> String { folder.file("\(name).pem") }
    func keyPath(_ name: String) -> String { folder.file("\(name).key") }

    /// The keys of a listener with these certificates.
    func listener(_ names: String..., keys: String = "") -> String {
        let list = names.map { "{certificate: \(path($0)), key: \(keyPath($0))}" }
        return "tls: {certificates: [\(list.joined(separator: ", "))]\(keys)}"
    }

    func openssl(_ arguments: [String], environment: [String: String] = [:]) throws {
        let command = try Command(
            Program("/usr/bin/openssl", arguments, environment: environment))
        try #require(command.code == 0, "\(command.errors)")
    }
}

/// The clients of other people: `curl` and `openssl s_client`.
enum TLSClient {
    /// Runs curl against a port of this machine as if it were the host's, believing one
    /// certificate.
    static func curl(
        _ host: String, _ bascule: Bascule, listener: Int = 0, path: String = "/",
        trusting certificate: String, _ further: String...
    ) throws -> Command {
        let port = try #require(bascule.addresses[listener].port)
        return try Command(
            Program(
                "/usr/bin/curl",
                [
                    "-sS", "--max-time", "20", "--http1.1", "--cacert", certificate, "--resolve",
                    "\(host):\(port):127.0.0.1", "https://\(host):\(port)\(path)",
                ] + further))
    }

    /// What s_client tells of one connection that ends after its handshake and a short answer.
    static func handshake(_ bascule: Bascule, _ arguments: String...) throws -> String {
        try handshake(bascule, arguments)
    }

    static func handshake(_ bascule: Bascule, _ arguments: [String]) throws -> String {
        let port = try #require(bascule.addresses[0].port)
        // A ticket of TLS 1.3 comes behind the handshake: wait for the answer to a request.
        let script = """
            printf 'GET / HTTP/1.1\\r\\nHost: a.test\\r\\nConnection: close\\r\\n\\r\\n' | \
            openssl s_client -quiet -ign_eof -connect 127.0.0.1:\(port) "$@" 2>&1; \
            openssl s_client -connect 127.0.0.1:\(port) "$@" </dev/null 2>&1
            """
        return try Command(Program("/bin/sh", ["-c", script, "sh"] + arguments)).output
    }
}
