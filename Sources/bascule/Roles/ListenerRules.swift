import Control
import Kernel
import Settings
import TLS
import Worker

/// What the workers do on each listener, from the configuration and what its files held.
enum ListenerRules {
    static func make(
        _ settings: Settings, _ credentials: Credentials
    ) throws -> [SecureListener] {
        guard credentials.listeners.count == settings.listen.count else {
            throw SystemError("credentials.decode", .invalidArgument)
        }
        let port = settings.listen.first { $0.tls != nil }?.address.port ?? 443
        return try zip(settings.listen, credentials.listeners).map { listener, files in
            var rule = SecureListener()
            if listener.redirectToHTTPS { rule.redirectPort = port }
            rule.takesProxyHeader = listener.proxyProtocol
            rule.takesHTTP2 = listener.h2c
            guard let tls = listener.tls else { return rule }
            var options = TLSServer.Options()
            options.protocols = tls.http2 ? [.http2, .http11] : [.http11]
            options.minimumVersion = tls.minimumVersion == .v13 ? .tls13 : .tls12
            rule.server = try TLSServer(files.map { try Certificate($0) }, options)
            rule.strictTransportSeconds = UInt64(clamping: tls.hsts.nanoseconds / 1_000_000_000)
            return rule
        }
    }

    /// Our side of TLS for each service that has targets under https.
    static func targets(
        _ settings: Settings, _ credentials: Credentials
    ) throws -> [TLSClient?] {
        try zip(settings.services, credentials.anchors).map { service, anchors in
            service.usesTLS ? try TLSClient(anchors: anchors) : nil
        }
    }
}
