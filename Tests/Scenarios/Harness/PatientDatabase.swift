import GRDB

extension GRDB.Configuration {
    /// For a file that others lock for a moment now and then: it waits for them.
    static var patient: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(10)
        return configuration
    }
}
