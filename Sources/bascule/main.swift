import ArgumentParser
import Console
import Supervisor

// One executable for everything: a process that the supervisor started is told its role in the
// environment, and so is the guard of a deploy's command; all others are the command line.
if let start = RoleStart.current {
    RoleMain.run(start)
} else if CommandGuard.isThisProcess {
    CommandGuard.run()
} else {
    BasculeCommand.main()
}
