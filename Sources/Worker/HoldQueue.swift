import Board
import Bytes

/// The requests of one service that wait, in the order in which they came.
///
/// One that leaves in the middle stays as an empty place until it comes to the front.
struct HoldQueue {
    private struct Place {
        let handle: Handle
        let kind: RequestKind
    }

    /// At least so many start at once when a hold ends.
    private static let releaseMin = 4

    private var places: [Place?] = []
    private var first = 0
    private(set) var count = 0
    /// How many of those that wait only read.
    private var reads = 0
    /// How many may start before one of this worker's requests finishes.
    private(set) var budget = releaseMin
    /// What this worker had in flight when it first saw the hold.
    private var inFlightBefore = 0
    /// Once some have started while others still wait: where those end that waited in the hold.
    /// Behind it stand those that came since.
    private var releaseEnd: Int?

    var isEmpty: Bool { count == 0 }

    /// A hold has begun, and so much is in flight here: as much as the app is used to getting at
    /// once.
    mutating func noteHold(inFlight: Int) {
        if isEmpty { inFlightBefore = inFlight }
    }

    /// `inFlight` is what this worker has at work now; the hold may not have been noted yet.
    mutating func append(_ handle: Handle, _ kind: RequestKind, inFlight: Int) {
        if isEmpty {
            places.removeAll(keepingCapacity: true)
            first = 0
            budget = max(Self.releaseMin, inFlight, inFlightBefore)
            inFlightBefore = 0
            releaseEnd = nil
        }
        places.append(Place(handle: handle, kind: kind))
        count += 1
        if kind == .read { reads += 1 }
    }

    /// The one that has waited longest.
    var front: Handle? {
        mutating get {
            while first < places.count {
                if let place = places[first] { return place.handle }
                first += 1
            }
            return nil
        }
    }

    /// The read that has waited longest: where only writes are held it passes those before it.
    var frontRead: Handle? {
        guard reads > 0 else { return nil }
        return places[first...].lazy.compactMap(\.self).first { $0.kind == .read }?.handle
    }

    /// One of them has started: it takes from the budget until it has finished.
    mutating func start(_ handle: Handle) {
        if releaseEnd == nil { releaseEnd = places.count }
        remove(handle)
        budget -= 1
    }

    /// A request of this worker has finished: one more of those that waited in the hold may start.
    /// Once they are out, each makes room for two: with room for one alone, clients that ask again
    /// at once would keep the queue from ever getting empty, and with it the limit. What finishes
    /// while all wait is in the budget already.
    mutating func noteFinished() {
        guard let releaseEnd, front != nil else { return }
        budget += first < releaseEnd ? 1 : 2
    }

    /// It left, or was refused, without having started.
    mutating func remove(_ handle: Handle) {
        guard let place = places[first...].firstIndex(where: { $0?.handle == handle }) else {
            return
        }
        if places[place]?.kind == .read { reads -= 1 }
        places[place] = nil
        count -= 1
    }
}
