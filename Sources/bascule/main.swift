import ArgumentParser
import Supervisor

// One executable for everything: a process that the supervisor started is told its role in the
// environment, all others are the command line.
if let start = RoleStart.current {
    RoleMain.run(start)
} else {
    BasculeCommand.main()
}
