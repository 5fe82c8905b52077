internal import Control

func readLimits(_ field: Field) -> LimitSettings? {
    guard var section = field.section() else { return nil }
    typealias Limits = LimitSettings
    var limits = Limits()
    section.read("header_bytes", into: &limits.headerBytes, in: Limits.headerBytesRange)
    section.read("header_count", into: &limits.headerCount, in: Limits.headerCountRange)
    section.read("body_bytes", into: &limits.bodyBytes, in: Limits.bodyBytesRange)
    section.read("request_buffer", into: &limits.requestBuffer, in: Limits.requestBufferRange)
    section.read("response_buffer", into: &limits.responseBuffer, in: Limits.responseBufferRange)
    section.read(
        "response_buffers", into: &limits.responseBuffers, in: Limits.responseBuffersRange)
    section.read("connections", into: &limits.connections, in: Limits.connectionsRange)
    section.finish()
    if limits.responseBuffer > limits.responseBuffers {
        let key = section.has("response_buffer") ? "response_buffer" : "response_buffers"
        field.findings.error(
            section.place(of: key), section.child(key),
            "found response_buffer \(limits.responseBuffer), expected at most response_buffers"
                + " (\(limits.responseBuffers)), the sum of them")
    }
    return limits
}

func readTimeouts(_ field: Field) -> TimeoutSettings? {
    guard var section = field.section() else { return nil }
    var timeouts = TimeoutSettings()
    let range = TimeoutSettings.range
    section.read("header", into: &timeouts.header, in: range)
    section.read("body", into: &timeouts.body, in: range)
    section.read("send", into: &timeouts.send, in: range)
    section.read("connect", into: &timeouts.connect, in: range)
    section.read("response", into: &timeouts.response, in: range)
    section.read("idle", into: &timeouts.idle, in: range)
    section.read("upstream_idle", into: &timeouts.upstreamIdle, in: range)
    section.read("tunnel", into: &timeouts.tunnel, in: TimeoutSettings.tunnelRange)
    section.finish()
    return timeouts
}
