import Bytes

/// The requests of one service that wait, in the order in which they came.
///
/// One that leaves in the middle stays as an empty place until it comes to the front.
struct HoldQueue {
    /// At least so many start at once when a hold ends.
    private static let releaseMin = 4

    private var places: [Handle?] = []
    private var first = 0
    private(set) var count = 0
    /// How many may start before one of this worker's requests finishes.
    private(set) var budget = releaseMin
    /// Some that waited have started, others still wait.
    private var isReleasing = false

    var isEmpty: Bool { count == 0 }

    /// `inFlight` is what this worker has at work now: when the first one waits, that is what it
    /// had before the hold, and as much as the app is used to getting at once.
    mutating func append(_ handle: Handle, inFlight: Int) {
        if isEmpty {
            places.removeAll(keepingCapacity: true)
            first = 0
            budget = max(Self.releaseMin, inFlight)
            isReleasing = false
        }
        places.append(handle)
        count += 1
    }

    /// The one that has waited longest.
    var front: Handle? {
        mutating get {
            while first < places.count {
                if let handle = places[first] { return handle }
                first += 1
            }
            return nil
        }
    }

    /// The front has started.
    mutating func start() {
        remove(at: first)
        budget -= 1
        isReleasing = true
    }

    /// A request of this worker has finished. It makes room for the next and for one more: with
    /// room for the next alone, clients that ask again at once would keep the queue from ever
    /// getting empty, and with it the limit. What finishes while all wait is in the budget already.
    mutating func noteFinished() {
        if isReleasing { budget += 2 }
    }

    mutating func remove(_ handle: Handle) {
        guard let place = places[first...].firstIndex(of: handle) else { return }
        remove(at: place)
    }

    private mutating func remove(at place: Int) {
        places[place] = nil
        count -= 1
    }
}
