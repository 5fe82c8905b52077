internal import CKernel

/// The seam through which a test makes exactly one step fail, by the step's name.
///
/// `BASCULE_FAULTS="journal.sync=EIO,switch.verify=kill@2"` in the environment: the named step
/// reports that error, or the process is killed or stopped there, every time or on the N-th pass.
public enum Faults {
    /// Passes a named step that makes no system call of its own: the process ends or stops here
    /// when a test asked for it.
    @discardableResult
    public static func reach(_ operation: String) -> Errno? {
        let injected = unsafe operation.withCString { unsafe ck_fault($0) }
        return injected == 0 ? nil : Errno(rawValue: injected)
    }

    /// The same for steps known when compiling; costs one load while no fault is armed.
    @inline(__always)
    static func injected(_ operation: StaticString) -> Errno? {
        guard ck_faults_are_armed() != 0 else { return nil }
        // SAFETY: a static string's bytes live as long as the process and end in NUL.
        let code = unsafe operation.utf8Start.withMemoryRebound(
            to: CChar.self, capacity: operation.utf8CodeUnitCount + 1
        ) { unsafe ck_fault_reached($0) }
        return code == 0 ? nil : Errno(rawValue: code)
    }
}
