// A worker that does nothing but start and finish requests on a shared board, as fast as it can,
// and watches whether it ever runs on a color whose drain was seen. Started by TortureTests.
//
// Descriptor 3 is the board. Service 0 is under test. Service 1 carries the test's own words: its
// deadline has bit 0 set while blue is closed and bit 1 while green is, and its epoch is 2 when
// all is over. Arguments: slot, `honest` or `hasty`.
import Board
import Kernel

guard CommandLine.arguments.count == 3, let slot = Int(CommandLine.arguments[1]),
    let file = Descriptor.inherited(3)
else { ThisProcess.exit(64) }
let isHasty = CommandLine.arguments[2] == "hasty"
let board = try Board(file)
var random = SystemRandomNumberGenerator()

/// Starts without the second look: what the test must be able to catch.
func admitHastily() -> Admission {
    let word = board.route(0)
    if word.holds(.write) { return .queued }
    // Any process may lose its processor here; now and then this one does.
    if UInt8.random(in: 0..<16) == 0 { ThisProcess.yield() }
    board.announceUnchecked(.write, service: 0, slot: slot, color: word.active)
    return .started(word.active, epoch: word.epoch)
}

func watch(_ color: Color) {
    let closed = board.deadline(1).nanoseconds
    if closed & 1 << UInt64(color.rawValue) != 0 { board.count(.cut, service: 1, slot: slot) }
}

_ = ThisProcess.endWithParent(expecting: ThisProcess.parent)
board.setStage(slot: slot, .accepting)
while board.route(1).epoch < 2 {
    let admission =
        isHasty ? admitHastily() : board.admit(.write, service: 0, slot: slot, now: .now)
    switch admission {
    case .started(let color, _):
        for _ in 0...Int.random(in: 0..<40, using: &random) { watch(color) }
        board.count(.finished, service: 0, slot: slot)
        board.finish(.write, service: 0, slot: slot, color: color)
    case .queued, .closed, .maintenance, .undecided:
        ThisProcess.yield()
    }
}
