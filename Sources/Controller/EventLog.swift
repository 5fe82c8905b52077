internal import Board
internal import Control

/// The events of one operation: kept for those who come later, sent to those who listen.
actor EventLog {
    let service: String
    private let operation: String?
    private let hub: EventHub
    private(set) var all: [Event] = []
    private var isOver = false
    private var listeners: [AsyncStream<Event>.Continuation] = []

    init(service: String, operation: String?, hub: EventHub) {
        self.service = service
        self.operation = operation
        self.hub = hub
    }

    /// The step that was told of last.
    var step: Step { all.last?.step ?? .lock }

    /// From the first event on; ends with the operation.
    func listen() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        for event in all { continuation.yield(event) }
        if isOver { continuation.finish() } else { listeners.append(continuation) }
        return stream
    }

    func add(
        _ step: Step, _ state: StepState, _ message: String, _ details: [String: JSONValue] = [:]
    ) async {
        await send(event(step, state, message, details, nil))
    }

    func event(
        _ step: Step, _ state: StepState, _ message: String, _ details: [String: JSONValue],
        _ ending: Event.Ending?
    ) -> Event {
        Event(
            time: .now, operation: operation, service: service, step: step, state: state,
            message: message, details: details, ending: ending)
    }

    /// Sends the last event.
    func end(_ event: Event) async {
        await send(event)
        isOver = true
        for listener in listeners { listener.finish() }
        listeners = []
    }

    private func send(_ event: Event) async {
        all.append(event)
        for listener in listeners { listener.yield(event) }
        await hub.publish(event)
    }

    /// A value of ours as free JSON.
    static func value(_ value: some Encodable) -> JSONValue {
        do {
            return try ControlJSON.value(of: value)
        } catch {
            preconditionFailure("a plain value is JSON: \(error)")
        }
    }
}
