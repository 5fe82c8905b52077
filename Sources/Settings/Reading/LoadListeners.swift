internal import Control
internal import Kernel

func readListeners(_ section: inout Section, _ findings: Findings) -> [ListenerSettings] {
    let expected = "a list of addresses like - address: 0.0.0.0:80"
    guard let field = section.required("listen", expected: expected),
        let elements = field.elements(1...Settings.listenersMax, of: "addresses")
    else { return [] }
    var listeners: [(listener: ListenerSettings, line: Int)] = []
    for element in elements {
        guard var section = element.section(), let listener = readListener(&section, findings)
        else { continue }
        let address = listener.address
        let place = section.place(of: "address")
        if let taken = listeners.first(where: { $0.listener.address.overlaps(address) }) {
            findings.error(
                place, section.child("address"),
                "found \"\(address)\", which line \(taken.line) listens on already"
                    + " (\(taken.listener.address))")
        }
        listeners.append((listener, place.line))
    }
    return listeners.map(\.listener)
}

private func readListener(_ section: inout Section, _ findings: Findings) -> ListenerSettings? {
    let expected = "IP:port, [IPv6]:port or :port"
    let address: SocketAddress? = section.required("address", expected: expected).flatMap { field in
        guard let text = field.text(expected: expected) else { return nil }
        guard let address = SocketAddress(text), address.port != nil else {
            field.reject(expected: expected)
            return nil
        }
        return address
    }
    var listener = ListenerSettings(address: address ?? .ipv4(0, port: 0))
    section.read("redirect_to_https", into: &listener.redirectToHTTPS)
    section.read("proxy_protocol", into: &listener.proxyProtocol)
    section.read("h2c", into: &listener.h2c)
    if let field = section.field("tls") { listener.tls = readTLS(field) }
    section.finish()
    if section.has("tls") {
        rejectPlainOnly(listener, section, findings)
    }
    return address == nil ? nil : listener
}

private func rejectPlainOnly(
    _ listener: ListenerSettings, _ section: Section, _ findings: Findings
) {
    if listener.redirectToHTTPS {
        findings.error(
            section.place(of: "redirect_to_https"), section.child("redirect_to_https"),
            "found \"true\" beside tls, expected a plain listener: it would redirect to itself")
    }
    if listener.h2c {
        findings.error(
            section.place(of: "h2c"), section.child("h2c"),
            "found \"true\" beside tls, expected a plain listener: use tls.http2")
    }
}

private func readTLS(_ field: Field) -> TLSSettings? {
    guard var section = field.section() else { return nil }
    var tls = TLSSettings(certificates: [])
    let expected = "a list of {certificate: PATH, key: PATH}"
    if let field = section.required("certificates", expected: expected),
        let elements = field.elements(1...TLSSettings.certificatesMax, of: "certificates")
    {
        tls.certificates = elements.compactMap(readCertificate)
    }
    section.read("minimum_version", into: &tls.minimumVersion)
    section.read("http2", into: &tls.http2)
    section.read("hsts", into: &tls.hsts, in: .zero...TimeSpan.seconds(10 * 365 * 86_400))
    section.finish()
    return tls
}

private func readCertificate(_ field: Field) -> CertificateSettings? {
    guard var section = field.section() else { return nil }
    var certificate = CertificateSettings(certificate: "", key: "")
    if let field = section.required("certificate", expected: "the path of a PEM file") {
        certificate.certificate = field.neededFile() ?? ""
    }
    if let field = section.required("key", expected: "the path of a PEM file") {
        certificate.key = field.neededFile() ?? ""
    }
    section.read("ocsp", into: &certificate.ocsp) { $0.neededFile(emptyAllowed: true) }
    section.finish()
    return certificate
}

extension SocketAddress {
    /// Whether two listeners would stand in each other's way: the same port, and the same address
    /// or a wildcard that covers the other. Port 0 never does; the wildcard of IPv6 takes both
    /// families (`Socket.listen`).
    func overlaps(_ other: SocketAddress) -> Bool {
        guard let port, port == other.port, port != 0 else { return false }
        return covers(other) || other.covers(self)
    }

    private func covers(_ other: SocketAddress) -> Bool {
        switch (self, other) {
        case (.ipv6(0, 0, _), _): true
        case (.ipv4(0, _), .ipv4): true
        case (.ipv4, _), (.ipv6, _), (.unix, _): self == other
        }
    }
}
