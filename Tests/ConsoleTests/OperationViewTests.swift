import Board
import Control
import Testing

@testable import Console

@Suite("What a person sees of an operation")
struct OperationViewTests {
    private static let start: Int64 = 1_768_487_400_000

    private func event(
        _ step: Step, _ state: StepState, _ message: String, at milliseconds: Int64,
        details: [String: JSONValue] = [:], ending: Event.Ending? = nil
    ) -> Event {
        Event(
            time: Timestamp(milliseconds: Self.start + milliseconds),
            operation: "01J8ZQ4T9ZK3V5W7X9YABCDEFG", service: "web", step: step, state: state,
            message: message, details: details, ending: ending)
    }

    private func ending(_ outcome: Outcome, _ report: Report = Report()) -> Event.Ending {
        Event.Ending(outcome: outcome, active: .blue, epoch: 19, report: report)
    }

    /// What is written to a pipe.
    private func lines(_ events: [Event]) -> [String] {
        var view = OperationView(.plain)
        return events.flatMap { view.show($0) }.map { drawing in
            switch drawing {
            case .line(let text): text
            case .live(let text): "live at a pipe: \(text)"
            }
        }
    }

    @Test("A pipe gets a line for each step and each new message")
    func pipe() {
        let report = Report(
            finished: 41, held: 7, released: 7, longestHoldMilliseconds: 31.52,
            switchMilliseconds: 40.1)
        let written = lines([
            event(.lock, .started, "", at: 0),
            event(.lock, .passed, "nobody else works on web", at: 0),
            event(.drain, .started, "2 in flight", at: 10),
            event(.drain, .progress, "1 in flight", at: 60),
            event(.drain, .progress, "1 in flight", at: 110),
            event(.drain, .passed, "", at: 130),
            event(
                .release, .passed, "7 released", at: 140,
                ending: .init(outcome: .done, active: .green, epoch: 19, report: report)),
        ])
        #expect(
            written == [
                "  passed   lock          0 ms  nobody else works on web",
                "  progress drain        50 ms  1 in flight",
                "  passed   drain       120 ms",
                "  passed   release             7 released",
                "done: green serves web (epoch 19), nothing lost",
                "  41 finished, 7 held, 7 released, longest hold 31.5 ms, switched in 40.1 ms",
            ])
    }

    @Test("The time of a hold is that of a switch only where there was one")
    func heldFor() {
        func last(_ outcome: Outcome, _ state: StepState, _ message: String = "") -> [String] {
            let report = Report(finished: 1, switchMilliseconds: 1_000)
            return lines([
                event(.release, .passed, "", at: 0),
                event(
                    .release, state, message, at: 1,
                    ending: .init(outcome: outcome, active: .blue, epoch: 19, report: report)),
            ]).suffix(2)
        }
        #expect(last(.timedOut, .failed).last == "  1 finished, held for 1 s")
        #expect(last(.lost, .failed).last == "  1 finished, held for 1 s")
        #expect(last(.lost, .passed).last == "  1 finished, switched in 1 s")
        #expect(last(.rolledBack, .failed).last == "  1 finished, switched in 1 s")
        // Who serves is said once.
        #expect(
            last(.failed, .failed, "blue still serves, although the watch failed: x") == [
                "failed: blue still serves, although the watch failed: x", "  1 finished",
            ])
    }

    @Test("A last event that repeats a closed step is shown as the end alone")
    func repeatedStep() {
        let written = lines([
            event(.release, .started, "", at: 0),
            event(.release, .passed, "7 released", at: 1),
            event(.release, .passed, "green serves", at: 2, ending: ending(.done)),
        ])
        #expect(
            written == [
                "  passed   release       1 ms  7 released",
                "done: blue serves web (epoch 19), nothing lost",
            ])
    }

    @Test("A terminal gets one live line for the step that goes on, cut to its width")
    func terminal() {
        var view = OperationView(Style(isTerminal: true, isColored: false, columns: 40))
        #expect(
            view.show(event(.drain, .started, "2 in flight", at: 0)) == [
                .live("  … drain         0 ms  2 in flight")
            ])
        let long = String(repeating: "x", count: 100)
        let cut = view.show(event(.drain, .progress, long, at: 1500))
        #expect(cut == [.live("  … drain        1.5 s  xxxxxxxxxxxxxxx")])
        #expect(
            view.show(event(.drain, .passed, "41 finished", at: 2000)) == [
                .line("  ✓ drain          2 s  41 finished")
            ])
        #expect(view.ending == nil)
    }

    @Test("A refusal shows the checks")
    func refusal() throws {
        let checks = [
            Check(name: .health, state: .passed, saw: "1 of 1 targets healthy"),
            Check(
                name: .migrations, state: .refused, verdict: "diverged", saw: "a", expected: "b"),
        ]
        let written = lines([
            event(.preflight, .started, "", at: 0),
            event(
                .preflight, .failed, "refused by migrations", at: 12,
                details: ["checks": try ControlJSON.value(of: checks)], ending: ending(.refused)),
        ])
        #expect(
            written == [
                "  failed   preflight    12 ms  refused by migrations",
                "      passed   health      1 of 1 targets healthy",
                "      refused  migrations  diverged",
                "          saw       a",
                "          expected  b",
                "          override  --override migrations",
                "refused: nothing changed, blue serves web (epoch 19)",
            ])
    }

    @Test("A drain that ran out of time names what did not finish")
    func drainTimeout() throws {
        let requests = [
            InFlightRequest(
                method: "GET", path: "/report", color: .blue, state: .started,
                ageMilliseconds: 8100, client: "10.0.0.7:4711", id: "r1")
        ]
        let written = lines([
            event(.drain, .started, "1 in flight", at: 0),
            event(
                .drain, .failed, "1 did not finish within 8s", at: 8000,
                details: ["requests": try ControlJSON.value(of: requests)],
                ending: ending(.timedOut, Report(held: 2, released: 2))),
        ])
        #expect(
            written == [
                "  failed   drain          8 s  1 did not finish within 8s",
                "        AGE  STATE    COLOR  METHOD  PATH     CLIENT         ID",
                "      8.1 s  started  blue   GET     /report  10.0.0.7:4711  r1",
                "out of time: all is back as it was, blue serves web (epoch 19), nothing lost",
                "  2 held, 2 released, longest hold 0 ms",
            ])
    }

    @Test(
        "Where only a worker that is silent blocks a drain, that stands there, and no bare heading")
    func silentDrain() throws {
        let silent = [SilentWorker(worker: 1, pid: 99, inFlight: 1)]
        let written = lines([
            event(
                .drain, .failed, "1 request did not end", at: 0,
                details: [
                    "requests": .array([]), "silent": try ControlJSON.value(of: silent),
                ])
        ])
        #expect(
            written == [
                "  failed   drain               1 request did not end",
                "      worker 1 (pid 99) does not answer: 1 request in flight there",
            ])
    }

    @Test("Every outcome has its sentence")
    func outcomes() {
        let sentences = Outcome.allCases.map { outcome in
            lines([
                event(
                    .watch, .failed, "why", at: 0,
                    ending: ending(outcome, outcome == .lost ? Report(cut: 2) : Report()))
            ])[1]
        }
        #expect(
            sentences == [
                "done: blue serves web (epoch 19), nothing lost",
                "refused: nothing changed, blue serves web (epoch 19)",
                "out of time: all is back as it was, blue serves web (epoch 19), nothing lost",
                "rolled back: the watch failed, blue serves web (epoch 19) again",
                "lost 2 requests: blue serves web (epoch 19)",
                "busy: why",
                "failed: why; blue serves web (epoch 19)",
            ])
    }

    @Test("History shows an operation's steps and its end")
    func history() {
        let entry = HistoryEntry(
            operation: "01J8ZQ4T9ZK3V5W7X9YABCDEFG", service: "web", kind: .switch, from: .blue,
            to: .green, mode: .handover, started: Timestamp(milliseconds: Self.start),
            ended: nil, outcome: nil, message: "", by: Peer(uid: 0, pid: 7, user: "root"),
            overrides: [.health], report: nil,
            events: [
                event(.lock, .started, "", at: 0), event(.lock, .passed, "free", at: 1),
            ])
        #expect(
            HistoryView.lines(entry, .plain) == [
                "01J8ZQ4T9ZK3V5W7X9YABCDEFG: switch of web from blue to green, handover",
                "  begun 2026-01-15T14:30:00.000Z by root (uid 0, pid 7)",
                "  overridden: health",
                "  passed   lock          1 ms  free",
                "  it goes on",
            ])
        #expect(
            HistoryView.lines(HistoryAnswer(operations: [entry]), .plain)[1]
                == "2026-01-15 14:30:00  web      01J8ZQ4T9ZK3V5W7X9YABCDEFG"
                + "  switch blue to green  goes on  root")
        #expect(HistoryView.lines(HistoryAnswer(operations: []), .plain) == ["no operations yet"])
    }

    @Test("An event of the stream is one line")
    func eventLine() {
        let last = event(.release, .passed, "7 released", at: 0, ending: ending(.done))
        #expect(
            HistoryView.line(last, .plain)
                == "2026-01-15T14:30:00.000Z web release passed: 7 released (done)")
    }
}
