// A TCP proxy that does to connections what networks, clients and apps do: it delays, slows,
// slices, resets, half-closes and freezes. It knows nothing of HTTP.
//
// Prints the address that it listens on, once it does; ends by a signal.
import Kernel

guard let plan = Plan(Array(CommandLine.arguments.dropFirst())) else {
    ThisProcess.write(Plan.usage + "\n")
    ThisProcess.exit(64)
}
do {
    var relay = try Relay.open(plan)
    ThisProcess.write("\(relay.address?.description ?? "")\n", to: .standardOutput)
    relay.run()
} catch {
    ThisProcess.write("\(error)\n")
    ThisProcess.exit(1)
}
