import Kernel

/// What the command line asks for.
struct Plan {
    var listen = SocketAddress.ipv4(0x7f00_0001, port: 0)
    var target = SocketAddress.ipv4(0x7f00_0001, port: 0)
    /// From client to target, and back.
    var up = Rule.none
    var down = Rule.none
    /// Every connection is reset at once.
    var refuses = false
    /// Connections that begin with these octets pass as they are.
    var spared: [UInt8]?
    /// Rules by chance, the same ones for the same seed.
    var seed: UInt64?
    /// Of a hundred connections so many get a rule, where a seed is given.
    var faultyPercent = 20

    static let usage = """
        usage: chaos-proxy --to HOST:PORT [--listen HOST:PORT] [--up RULE] [--down RULE]
                           [--refuse] [--spare TEXT] [--seed N [--faulty PERCENT]]
        RULE: delay=MS,rate=OCTETS,slice=OCTETS,reset@N,half-close@N,freeze@N
        """

    /// nil where it is no valid command line.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        var hasTarget = false
        while let word = rest.popFirst() {
            if word == "--refuse" {
                refuses = true
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch word {
            case "--to", "--listen":
                guard let address = SocketAddress(value) else { return nil }
                if word == "--to" {
                    (target, hasTarget) = (address, true)
                } else {
                    listen = address
                }
            case "--up", "--down":
                guard let rule = Rule(value) else { return nil }
                if word == "--up" { up = rule } else { down = rule }
            case "--spare": spared = Array(value.utf8)
            case "--seed":
                guard let number = UInt64(value) else { return nil }
                seed = number
            case "--faulty":
                guard let number = Int(value), (0...100).contains(number) else { return nil }
                faultyPercent = number
            default: return nil
            }
        }
        guard hasTarget else { return nil }
    }
}
