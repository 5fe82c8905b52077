extension SchemaComparison {
    /// The changes of what holds for the whole file, of which the fingerprint says nothing.
    public static func findings(
        from before: SchemaTraits, to after: SchemaTraits
    ) -> [SchemaFinding] {
        var findings: [SchemaFinding] = []
        func warn(_ kind: SchemaChange, say sentence: String) {
            findings.append(SchemaFinding(.warn, kind, [], sentence))
        }
        if before.pageBytes != after.pageBytes {
            warn(
                .pageSizeChanged,
                say: "the page size went from \(before.pageBytes) to \(after.pageBytes): a backup "
                    + "of the older file cannot be restored in place")
        }
        if before.encoding != after.encoding {
            warn(
                .encodingChanged,
                say: "the encoding went from \(before.encoding) to \(after.encoding): text orders "
                    + "and compares otherwise")
        }
        if before.autoVacuum != after.autoVacuum {
            warn(
                .autoVacuumChanged,
                say: "auto_vacuum went from \(before.autoVacuum) to \(after.autoVacuum): how the "
                    + "file shrinks is another way")
        }
        if before.userVersion != after.userVersion {
            warn(
                .userVersionChanged,
                say: "user_version went from \(before.userVersion) to \(after.userVersion): older "
                    + "code that looks at it may refuse to start, or migrate")
        }
        if before.applicationID != after.applicationID {
            warn(
                .applicationIDChanged,
                say: "application_id went from \(before.applicationID) to "
                    + "\(after.applicationID): older code that looks at it may refuse the file")
        }
        return findings
    }
}
