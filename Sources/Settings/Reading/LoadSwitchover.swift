internal import Control

func readHealth(_ field: Field) -> HealthSettings? {
    guard var section = field.section() else { return nil }
    var health = HealthSettings()
    section.read("path", into: &health.path) { field in
        let expected = "a path that begins with /"
        guard let text = field.text(expected: expected) else { return nil }
        guard text.hasPrefix("/"), isPlainPath(text), text.utf8.count <= 1024 else {
            field.reject(expected: expected)
            return nil
        }
        return text
    }
    section.read("interval", into: &health.interval, in: HealthSettings.intervalRange)
    section.read("timeout", into: &health.timeout, in: HealthSettings.timeoutRange)
    section.read("rise", into: &health.rise, in: HealthSettings.countRange)
    section.read("fall", into: &health.fall, in: HealthSettings.countRange)
    section.read("host", into: &health.host, readOptionalHost)
    section.read("port", into: &health.port) { field in
        field.integer(in: 0...65_535).flatMap { UInt16(exactly: $0) }
    }
    section.finish()
    return health
}

func readSwitchover(_ field: Field) -> SwitchoverSettings? {
    guard var section = field.section() else { return nil }
    typealias Switchover = SwitchoverSettings
    var switchover = Switchover()
    section.read("mode", into: &switchover.mode)
    section.read("hold_timeout", into: &switchover.holdTimeout, in: Switchover.holdTimeoutRange)
    section.read("hold_requests", into: &switchover.holdRequests, in: Switchover.holdRequestsRange)
    section.read("hold_bytes", into: &switchover.holdBytes, in: Switchover.holdBytesRange)
    section.read("drain_timeout", into: &switchover.drainTimeout, in: Switchover.holdTimeoutRange)
    section.read("stream_grace", into: &switchover.streamGrace, in: Switchover.streamGraceRange)
    section.read("watch", into: &switchover.watch, in: Switchover.watchRange)
    section.read("max_error_rate", into: &switchover.maxErrorRate) {
        $0.value(expected: Percent.expected)
    }
    section.finish()
    guard switchover.drainTimeout > switchover.holdTimeout else { return switchover }
    if section.has("drain_timeout") {
        field.findings.error(
            section.place(of: "drain_timeout"), section.child("drain_timeout"),
            "found \(switchover.drainTimeout), expected at most hold_timeout"
                + " (\(switchover.holdTimeout)): the hold would end before the drain")
    } else {
        field.findings.error(
            section.place(of: "hold_timeout"), section.child("hold_timeout"),
            "found \(switchover.holdTimeout), expected at least drain_timeout"
                + " (\(switchover.drainTimeout) where it is not set): set both")
    }
    return switchover
}

func readDeploy(_ field: Field) -> DeploySettings? {
    guard var section = field.section() else { return nil }
    var deploy = DeploySettings()
    section.read("hold", into: &deploy.hold)
    section.read("hold_timeout", into: &deploy.holdTimeout, in: DeploySettings.timeoutRange)
    section.read("timeout", into: &deploy.timeout, in: DeploySettings.timeoutRange)
    section.finish()
    return deploy
}
