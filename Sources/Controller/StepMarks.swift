internal import Board
internal import Control
internal import Kernel

/// How far the operation of a service is, for a controller that comes after the one that carries it
/// out: events are in the journal at an operation's end, and a step must not wait for the disk.
extension ServiceParts {
    /// Whoever has the service's lock comes to this step now.
    func mark(_ step: Step) { board.mark(step: step.mark, at: .now, service: index) }

    /// The last step of whoever had the lock last; nil on a board on which nobody had it.
    var lastStep: (step: Step, since: Timestamp)? {
        guard let (mark, since) = board.stepMark(index), let step = Step(mark: mark) else {
            return nil
        }
        return (step, Timestamp(of: since))
    }
}

extension Step {
    /// On the board; never 0. All processes of a board are of one version, so that it need not be
    /// the same in another.
    fileprivate var mark: UInt64 {
        Self.allCases.firstIndex(of: self).map { UInt64($0) + 1 } ?? 0
    }

    fileprivate init?(mark: UInt64) {
        guard 1...UInt64(Self.allCases.count) ~= mark else { return nil }
        self = Self.allCases[Int(mark) - 1]
    }
}
