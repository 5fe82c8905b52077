internal import Foundation
internal import Kernel

/// `bascule demo`: the whole story on this machine, with real processes and the real commands.
///
/// Two ledgers share one SQLite file behind Bascule; clients create and read transactions while
/// green comes with a migration, is refused, is switched to, and is taken back. Everything lives in
/// one folder below the temporary one, on free ports, and is gone at the end, whatever happens.
public enum Demo {
    /// Tells the story on standard output. Returns the exit code: 0 when every acknowledged
    /// transaction was found and every step went as told, 6 when something was lost, else 1.
    ///
    /// Call it before the process starts threads: it takes TERM, INT and HUP for itself.
    public static func run() -> Int32 {
        let console = DemoConsole()
        do {
            let patience = try Patience()
            let workshop = try Workshop(patience: patience)
            var code: Int32
            do {
                let story = Story(workshop: workshop, console: console, patience: patience)
                code = try story.tell()
            } catch let interrupted as Patience.Interrupted {
                console.say("\nThe demo stops: \(interrupted)")
                code = 1
            } catch {
                console.say("\nThe demo stops: \(error)")
                workshop.showLogs(on: console)
                code = 1
            }
            let left = workshop.close()
            for line in left { console.say("left behind: \(line)") }
            return left.isEmpty ? code : max(code, 1)
        } catch {
            console.say("The demo cannot start: \(error)")
            return 1
        }
    }
}

/// Why the story could not go on.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String
}
