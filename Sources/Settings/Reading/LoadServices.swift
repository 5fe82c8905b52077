internal import Board
internal import Control
internal import Kernel

func readServices(_ section: inout Section, _ findings: Findings) -> [ServiceSettings] {
    guard let field = section.required("services", expected: "a mapping of names to services"),
        let section = field.section()
    else { return [] }
    guard 1...Settings.servicesMax ~= section.entries.count else {
        field.report(
            "found \(section.entries.count) services, expected 1 to \(Settings.servicesMax)")
        return []
    }
    var services: [ServiceSettings] = []
    var taken: [ServiceRoute: String] = [:]
    var databases: [[Substring]: String] = [:]
    for entry in section.entries {
        guard let service = readService(entry, findings) else { continue }
        for host in service.hosts {
            for path in service.paths {
                let route = ServiceRoute(host: host, path: path)
                if let owner = taken.updateValue(service.name, forKey: route) {
                    let message =
                        owner == service.name
                        ? "found host \(host) with path \(path) twice"
                        : "found host \(host) with path \(path), which \(owner) has already"
                    findings.error(entry.keyPlace, entry.field.path, message)
                }
            }
        }
        if case .sqlite(let path) = service.database?.engine, !path.isEmpty {
            if let owner = databases[plainSteps(path)] {
                findings.warning(
                    entry.keyPlace, entry.field.path + ".database.sqlite",
                    "found \(path), which \(owner) has too: a hold of one service keeps nobody of "
                        + "the other from writing, in a switch and in a restore")
            } else {
                databases[plainSteps(path)] = service.name
            }
        }
        services.append(service)
    }
    return services
}

/// The steps of an absolute path, whatever it says twice; links are not looked at.
private func plainSteps(_ path: String) -> [Substring] {
    var steps: [Substring] = []
    for step in path.split(separator: "/") where step != "." {
        if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return steps
}

/// What picks a service. `/api` and `/api/` pick alike.
private struct ServiceRoute: Hashable {
    let host: String
    let path: String

    init(host: String, path: String) {
        self.host = host
        self.path = path.hasSuffix("/") ? path : path + "/"
    }
}

private func readService(_ entry: Section.Entry, _ findings: Findings) -> ServiceSettings? {
    guard isServiceName(entry.name) else {
        findings.error(
            entry.keyPlace, entry.field.path,
            "found \"\(entry.name)\", expected a name of 1 to \(ServiceSettings.nameLengthMax)"
                + " letters, digits, -, _ and ., beginning with a letter or digit")
        return nil
    }
    guard var section = entry.field.section() else { return nil }
    var service = ServiceSettings(name: entry.name, blue: nil, green: nil, initial: .blue)
    section.read("hosts", into: &service.hosts) { field in
        field.elements(1...ServiceSettings.hostsMax, of: "hosts")?.compactMap(readHost)
    }
    section.read("paths", into: &service.paths) { field in
        field.elements(1...ServiceSettings.pathsMax, of: "paths")?.compactMap(readPrefix)
    }
    readColors(&section, into: &service, findings)
    section.read("upstream_tls", into: &service.upstreamTLS, readUpstreamTLS)
    readInitial(&section, into: &service)
    section.read("health", into: &service.health, readHealth)
    section.read("switchover", into: &service.switchover, readSwitchover)
    section.read("deploy", into: &service.deploy, readDeploy)
    section.read("expose_color", into: &service.exposeColor)
    if let field = section.field("database") { service.database = readDatabase(field) }
    section.finish()
    if service.upstreamTLS != UpstreamTLSSettings(), !service.usesTLS {
        findings.warning(
            section.place(of: "upstream_tls"), section.child("upstream_tls"),
            "has no effect: no target begins with https://")
    }
    return service
}

private func isServiceName(_ name: String) -> Bool {
    guard let first = name.first, name.count <= ServiceSettings.nameLengthMax,
        first.isLetter || first.isNumber
    else { return false }
    return name.allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".")
    }
}

private func readColors(
    _ section: inout Section, into service: inout ServiceSettings, _ findings: Findings
) {
    guard let field = section.required("colors", expected: "blue, or blue and green"),
        var colors = field.section()
    else { return }
    if let field = colors.field("blue") { service.blue = readColor(field) }
    if let field = colors.field("green") { service.green = readColor(field) }
    for entry in colors.entries where Color(name: entry.name) == nil {
        findings.error(
            entry.keyPlace, entry.field.path,
            "found \"\(entry.name)\", expected a color: blue or green")
    }
    if colors.entries.isEmpty { field.reject(expected: "blue, or blue and green") }
    guard let blue = service.blue, let green = service.green else { return }
    for target in green.targets where blue.targets.contains(target) {
        findings.warning(
            colors.place(of: "green"), colors.child("green"),
            "found the target \(target), which blue has too: a switch would change nothing")
    }
}

private func readColor(_ field: Field) -> ColorSettings? {
    guard var section = field.section() else { return nil }
    var color = ColorSettings(targets: [])
    let expected = "a list of \(TargetAddress.expected)"
    if let field = section.required("targets", expected: expected),
        let elements = field.elements(1...ColorSettings.targetsMax, of: "targets")
    {
        for element in elements {
            guard let target: TargetAddress = element.value(expected: TargetAddress.expected)
            else { continue }
            if color.targets.contains(target) {
                element.report("found \(target) a second time, expected every target once")
            }
            color.targets.append(target)
        }
    }
    section.finish()
    return color
}

private func readInitial(_ section: inout Section, into service: inout ServiceSettings) {
    service.initial = service.colors.first ?? .blue
    guard let field = section.field("initial"), let text = field.text(expected: "blue or green")
    else { return }
    guard let color = Color(name: text) else {
        field.reject(expected: "blue or green")
        return
    }
    guard service.colors.isEmpty || service[color] != nil else {
        field.reject(
            expected: "a configured color: \(service.colors.map(\.name).joined(separator: ", "))")
        return
    }
    service.initial = color
}

private func readHost(_ field: Field) -> String? {
    let expected = "a host name, *.suffix or \"*\""
    guard let text = field.text(expected: expected) else { return nil }
    if text == "*" { return text }
    if text.hasPrefix("*."), let suffix = HostName(String(text.dropFirst(2))) {
        return "*.\(suffix.text)"
    }
    if let name = HostName(text) { return name.text }
    // A literal address, which a client may write into Host (RFC 9110 section 7.2).
    if let address = SocketAddress(host: text, port: 0) { return address.host }
    if text.hasPrefix("["), let address = SocketAddress(text + ":0") { return "[\(address.host)]" }
    let hint = text.contains(":") ? "without a port: every listener serves every host" : nil
    field.reject(expected: expected, hint: hint)
    return nil
}

private func readPrefix(_ field: Field) -> String? {
    let expected = "a path that begins with /, without ? and #"
    guard let text = field.text(expected: expected) else { return nil }
    guard text.hasPrefix("/"), isPlainPath(text), !text.contains("?"), text.utf8.count <= 1024
    else {
        field.reject(expected: expected)
        return nil
    }
    return text
}

/// What may stand in a request line as it is: visible ASCII without a fragment.
func isPlainPath(_ text: String) -> Bool {
    text.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "#") }
}

private func readUpstreamTLS(_ field: Field) -> UpstreamTLSSettings? {
    guard var section = field.section() else { return nil }
    var tls = UpstreamTLSSettings()
    section.read("ca", into: &tls.ca) { $0.neededFile(emptyAllowed: true) }
    section.read("name", into: &tls.name, readOptionalHost)
    section.finish()
    return tls
}

/// A host name, or empty.
func readOptionalHost(_ field: Field) -> String? {
    let expected = "a host name, or \"\""
    guard let text = field.text(expected: expected) else { return nil }
    if text.isEmpty { return text }
    if let name = HostName(text) { return name.text }
    if let address = SocketAddress(host: text, port: 0) { return address.host }
    field.reject(expected: expected)
    return nil
}
