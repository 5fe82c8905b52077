internal import Atomics
public import Kernel

/// How far the operation of a service is: for a controller that comes after the one that died in
/// the middle of it. Nobody acts by it.
extension Board {
    /// Only the controller calls this. `step`: as it counts steps, not 0.
    public func mark(step: UInt64, at time: Instant, service: Int) {
        let start = layout.service(service)
        word(start + Layout.stepTime).store(time.nanoseconds, ordering: .relaxed)
        word(start + Layout.step).store(step, ordering: .releasing)
    }

    /// nil before the first. Whole only where the controller that wrote it is gone.
    public func stepMark(_ service: Int) -> (step: UInt64, since: Instant)? {
        let start = layout.service(service)
        let step = word(start + Layout.step).load(ordering: .acquiring)
        guard step > 0 else { return nil }
        let time = word(start + Layout.stepTime).load(ordering: .relaxed)
        return (step, Instant(nanoseconds: time))
    }
}
