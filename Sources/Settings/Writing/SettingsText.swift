internal import Control
internal import Kernel

extension Settings {
    /// The whole configuration with its defaults, as YAML that `load` reads back to equal
    /// settings.
    public var yaml: String { printed.yaml }

    /// The same as one line of JSON, in the same order.
    public var json: String { printed.json }

    private var printed: Printed {
        .mapping([
            ("listen", .list(listen.map(\.printed))),
            ("workers", workers.printed),
            ("user", .text(user)),
            ("worker_user", .text(workerUser)),
            ("control", control.printed),
            ("admin", .mapping([("address", .text(admin?.description ?? ""))])),
            ("state", .text(state)),
            ("access_log", accessLog.printed),
            ("trusted_proxies", .texts(trustedProxies.map(\.description))),
            ("limits", limits.printed),
            ("timeouts", timeouts.printed),
            ("services", .mapping(services.map { ($0.name, $0.printed) })),
        ])
    }
}

extension ListenerSettings {
    fileprivate var printed: Printed {
        var members: [(String, Printed)] = [
            ("address", .described(address)),
            ("redirect_to_https", .flag(redirectToHTTPS)),
            ("proxy_protocol", .flag(proxyProtocol)),
            ("h2c", .flag(h2c)),
        ]
        if let tls { members.append(("tls", tls.printed)) }
        return .mapping(members)
    }
}

extension TLSSettings {
    fileprivate var printed: Printed {
        .mapping([
            (
                "certificates",
                .list(
                    certificates.map {
                        .mapping([
                            ("certificate", .text($0.certificate)), ("key", .text($0.key)),
                            ("ocsp", .text($0.ocsp)),
                        ])
                    })
            ),
            ("minimum_version", .text(minimumVersion.rawValue)),
            ("http2", .flag(http2)),
            ("hsts", .described(hsts)),
        ])
    }
}

extension WorkerCount {
    fileprivate var printed: Printed {
        switch self {
        case .auto: .text("auto")
        case .exactly(let count): .number(count)
        }
    }
}

extension ControlSocketSettings {
    fileprivate var printed: Printed {
        .mapping([
            ("socket", .text(socket)),
            ("mode", .text("0" + String(mode, radix: 8))),
            ("group", .text(group)),
        ])
    }
}

extension AccessLogSettings {
    fileprivate var printed: Printed {
        let text =
            switch path {
            case .off: "off"
            case .standardOutput: "stdout"
            case .file(let path): path
            }
        return .mapping([("path", .text(text)), ("format", .text(format.rawValue))])
    }
}

extension LimitSettings {
    fileprivate var printed: Printed {
        .mapping([
            ("header_bytes", .size(headerBytes)),
            ("header_count", .number(headerCount)),
            ("body_bytes", .size(bodyBytes)),
            ("request_buffer", .size(requestBuffer)),
            ("response_buffer", .size(responseBuffer)),
            ("response_buffers", .size(responseBuffers)),
            ("connections", .number(connections)),
        ])
    }
}

extension TimeoutSettings {
    fileprivate var printed: Printed {
        .mapping([
            ("header", .described(header)),
            ("body", .described(body)),
            ("send", .described(send)),
            ("connect", .described(connect)),
            ("response", .described(response)),
            ("idle", .described(idle)),
            ("upstream_idle", .described(upstreamIdle)),
            ("tunnel", .described(tunnel)),
        ])
    }
}
