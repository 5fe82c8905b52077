internal import Journal
internal import SharedDatabase

extension JournalRecord.FileTraits {
    init(_ traits: SchemaTraits) {
        self.init(
            pageBytes: traits.pageBytes, encoding: traits.encoding,
            autoVacuum: traits.autoVacuum, userVersion: traits.userVersion,
            applicationID: traits.applicationID)
    }

    var traits: SchemaTraits {
        var traits = SchemaTraits()
        traits.pageBytes = pageBytes
        traits.encoding = encoding
        traits.autoVacuum = autoVacuum
        traits.userVersion = userVersion
        traits.applicationID = applicationID
        return traits
    }
}
