import Kernel
import Settings

/// What a configuration asks of a machine, compared with this one.
enum Machine {
    /// What is not here, or not for this process to read.
    static func missing(_ needs: [MachineNeed]) -> [Finding] {
        needs.filter { !has($0) }.map(\.finding)
    }

    private static func has(_ need: MachineNeed) -> Bool {
        switch need.kind {
        case .user: Identity(user: need.name) != nil
        case .group: Identity.group(named: need.name) != nil
        case .file: Files.mayRead(need.name)
        }
    }
}
