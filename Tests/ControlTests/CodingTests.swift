import Board
import Foundation
import Testing

@testable import Control

@Suite("The API's JSON")
struct CodingTests {
    static let time = Timestamp(milliseconds: 1_768_487_400_123)

    @Test("An event has exactly the contract's members")
    func event() throws {
        let event = Event(
            time: Self.time, operation: "01J", service: "web", step: .drain, state: .progress,
            message: "2 left", details: ["in_flight": 2])
        let text = """
            {"details":{"in_flight":2},"message":"2 left","operation":"01J","service":"web",\
            "state":"progress","step":"drain","time":"2026-01-15T14:30:00.123Z"}
            """
        #expect(try ControlJSON.text(event) == text)
        #expect(try ControlJSON.decode(Event.self, from: Data(text.utf8)) == event)
    }

    @Test("The last event adds outcome, active, epoch and report")
    func lastEvent() throws {
        let report = Report(
            finished: 41, held: 7, released: 6, expired: 1, streams: 2,
            longestHoldMilliseconds: 31.5, switchMilliseconds: 40)
        let event = Event(
            time: Self.time, operation: "01J", service: "web", step: .release, state: .passed,
            message: "green serves",
            ending: .init(outcome: .lost, active: .green, epoch: 18, report: report))
        let text = """
            {"active":"green","details":{},"epoch":18,"message":"green serves","operation":"01J",\
            "outcome":"lost","report":{"cut":0,"expired":1,"finished":41,"gone":0,"held":7,\
            "longest_hold_ms":31.5,"lost":1,"lost_with_worker":0,"released":6,"retried":0,\
            "streams":2,"switch_ms":40,"upstream_failures":0},"service":"web","state":"passed",\
            "step":"release","time":"2026-01-15T14:30:00.123Z"}
            """
        #expect(try ControlJSON.text(event) == text)
        #expect(try ControlJSON.decode(Event.self, from: Data(text.utf8)) == event)
    }

    @Test("Lost is expired, cut, in a dead worker, or answered 502 and 504; gone is not")
    func lost() {
        #expect(Report(expired: 1).lost == 1)
        #expect(Report(cut: 1).lost == 1)
        #expect(Report(lostWithWorker: 1).lost == 1)
        #expect(Report(upstreamFailures: 1).lost == 1)
        #expect(Report(finished: 9, held: 9, released: 9, gone: 9, retried: 9).lost == 0)
    }

    @Test("A status says that no operation goes on")
    func status() throws {
        let service = ServiceStatus(
            name: "web", active: .blue, phase: .heldWrites, epoch: 3,
            colors: [
                ColorStatus(
                    name: .blue, healthy: true,
                    targets: [TargetStatus(address: "a:1", healthy: true, lastCheck: nil)],
                    inFlight: 3, streams: 1, expects: nil)
            ], held: 0, rollback: RollbackAdvice(possible: false, to: nil, reason: "one color"))
        let text = """
            {"active":"blue","colors":[{"healthy":true,"in_flight":3,"name":"blue","streams":1,\
            "targets":[{"address":"a:1","healthy":true}]}],"epoch":3,"held":0,"name":"web",\
            "operation":null,"phase":"held-writes","rollback":{"possible":false,\
            "reason":"one color"}}
            """
        #expect(try ControlJSON.text(service) == text)
        #expect(try ControlJSON.decode(ServiceStatus.self, from: Data(text.utf8)) == service)
    }

    @Test("Free JSON keeps its kinds")
    func freeJSON() throws {
        let text = """
            {"a":[1,2.5,"x",true,null,{"b":0}]}
            """
        let value = try ControlJSON.decode(JSONValue.self, from: Data(text.utf8))
        #expect(value == ["a": [1, 2.5, "x", true, .null, ["b": 0]]])
        #expect(try ControlJSON.text(value) == text)
    }

    @Test("Every outcome has its exit code")
    func exits() {
        let codes = Outcome.allCases.map { "\($0.rawValue) \($0.exit.rawValue)" }
        #expect(
            codes == [
                "done 0", "refused 3", "timed_out 4", "rolled_back 5", "lost 6", "busy 7",
                "failed 1",
            ])
    }

    @Test("Every problem has its status and exit code")
    func problems() throws {
        let codes = Problem.Reason.allCases.map {
            "\($0.rawValue) \($0.status) \($0.exit.rawValue)"
        }
        #expect(
            codes == [
                "bad-request 400 64", "unknown-service 404 64", "unknown-color 404 64",
                "unknown-operation 404 64", "not-found 404 64", "method-not-allowed 405 64",
                "too-large 413 64", "fields-too-large 431 64", "not-supported 501 64",
                "version-not-supported 505 64",
                "not-permitted 403 77", "busy 409 7", "refused 409 3", "configuration 422 78",
                "not-served 501 3",
                "unavailable 503 69", "failed 500 1",
            ])
        let problem = Problem(.unknownService, "found wbe, expected web")
        #expect(
            try ControlJSON.text(problem) == """
                {"detail":"found wbe, expected web","reason":"unknown-service","status":404,\
                "title":"Unknown service","type":"about:blank"}
                """)
    }
}
