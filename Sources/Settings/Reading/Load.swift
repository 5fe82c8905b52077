internal import Control
internal import Kernel

extension Settings {
    /// Reads and validates a configuration; `file` is the name for messages.
    ///
    /// All errors are found in one run, except that text which is no YAML has one error only.
    public static func load(text: String, file: String) throws(InvalidSettings) -> LoadedSettings {
        let findings = Findings(file: file)
        let document = Document(text, findings)
        var settings: Settings?
        if let root = document.root {
            let field = Field(node: root, path: "", document: document, findings: findings)
            if var section = field.section() {
                settings = Settings(reading: &section, findings)
            }
        }
        let warnings = Findings.inOrder(findings.warnings)
        guard let settings, findings.errors.isEmpty else {
            throw InvalidSettings(errors: Findings.inOrder(findings.errors), warnings: warnings)
        }
        return LoadedSettings(
            settings: settings, warnings: warnings,
            unserved: Findings.inOrder(findings.unserved), needs: findings.needs)
    }

    private init(reading section: inout Section, _ findings: Findings) {
        self.init(listen: [], services: [])
        listen = readListeners(&section, findings)
        section.read("workers", into: &workers, readWorkers)
        section.read("user", into: &user) { readAccount($0, .user) }
        section.read("worker_user", into: &workerUser) { readAccount($0, .user) }
        section.read("control", into: &control, readControlSocket)
        section.read("admin", into: &admin, readAdmin)
        section.read("state", into: &state) { $0.path() }
        section.read("access_log", into: &accessLog, readAccessLog)
        section.read("trusted_proxies", into: &trustedProxies) { field in
            field.elements(0...Self.trustedProxiesMax, of: "addresses")?
                .compactMap { $0.value(expected: AddressRange.expected) }
        }
        section.read("limits", into: &limits, readLimits)
        section.read("timeouts", into: &timeouts, readTimeouts)
        services = readServices(&section, findings)
        section.finish()
        doubtListeners(section, findings)
        if let admin, let taken = listen.first(where: { $0.address.overlaps(admin) }) {
            findings.error(
                section.place(of: "admin"), "admin.address",
                "found \"\(admin)\", which listen has already (\(taken.address))")
        }
    }
}

extension Settings {
    /// Listeners that do what nobody can want.
    private func doubtListeners(_ section: Section, _ findings: Findings) {
        let place = section.place(of: "listen")
        if trustedProxies.isEmpty, let listener = listen.first(where: \.proxyProtocol) {
            findings.warning(
                place, "listen",
                "\(listener.address) expects the PROXY protocol, and no address in"
                    + " trusted_proxies may speak it: nobody gets in")
        }
        if let listener = listen.first(where: \.redirectToHTTPS),
            !listen.contains(where: { $0.tls != nil })
        {
            findings.warning(
                place, "listen",
                "\(listener.address) redirects to https, and no listener has tls")
        }
    }
}

private func readWorkers(_ field: Field) -> WorkerCount? {
    let expected = "auto or a whole number from 1 to \(Settings.workersMax)"
    guard let text = field.text(expected: expected) else { return nil }
    if text == "auto" { return .auto }
    guard let count = Int(text), 1...Settings.workersMax ~= count else {
        field.reject(expected: expected)
        return nil
    }
    return .exactly(count)
}

/// A user or group as useradd(8) takes them; whether it exists is asked when it is needed.
private func readAccount(_ field: Field, _ kind: MachineNeed.Kind) -> String? {
    let expected = "a name of letters, digits, - and _, or \"\""
    guard let text = field.text(expected: expected) else { return nil }
    let isName = text.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".")
    }
    guard isName, text.count <= 32, text.first != "-" else {
        field.reject(expected: expected)
        return nil
    }
    if !text.isEmpty { field.need(kind, text) }
    return text
}

private func readControlSocket(_ field: Field) -> ControlSocketSettings? {
    guard var section = field.section() else { return nil }
    var control = ControlSocketSettings()
    section.read("socket", into: &control.socket) { field in
        guard let path = field.path() else { return nil }
        guard path.utf8.count <= SocketAddress.unixPathBytesMax else {
            field.reject(expected: "a path of \(SocketAddress.unixPathBytesMax) octets at most")
            return nil
        }
        return path
    }
    section.read("mode", into: &control.mode) { field in
        let expected = "a file mode like \"0660\", from 0600 to 0777"
        guard let text = field.text(expected: expected) else { return nil }
        guard 3...4 ~= text.count, let mode = UInt32(text, radix: 8), 0o600...0o777 ~= mode else {
            field.reject(expected: expected)
            return nil
        }
        return mode
    }
    section.read("group", into: &control.group) { readAccount($0, .group) }
    section.finish()
    return control
}

/// nil where it is wrong; `.some(nil)` where it is switched off.
private func readAdmin(_ field: Field) -> SocketAddress?? {
    guard var section = field.section() else { return nil }
    var address: SocketAddress? = Settings.defaultAdmin
    section.read("address", into: &address) { field in
        let expected = "IP:port, [IPv6]:port, :port, or \"\" for none"
        guard let text = field.text(expected: expected) else { return nil }
        if text.isEmpty { return .some(nil) }
        guard let address = SocketAddress(text), address.port != nil else {
            field.reject(expected: expected)
            return nil
        }
        return address
    }
    section.finish()
    return address
}

private func readAccessLog(_ field: Field) -> AccessLogSettings? {
    guard var section = field.section() else { return nil }
    var log = AccessLogSettings()
    section.read("path", into: &log.path) { field in
        let expected = "stdout, an absolute path, or off"
        guard let text = field.text(expected: expected) else { return nil }
        switch text {
        case "off", "Off", "OFF": return .off  // YAML 1.1 calls the unquoted word a boolean
        case "stdout": return .standardOutput
        case _ where text.hasPrefix("/"): return field.path().map { .file($0) }
        case _:
            field.reject(expected: expected)
            return nil
        }
    }
    section.read("format", into: &log.format)
    section.finish()
    return log
}
