func readDatabase(_ field: Field) -> DatabaseSettings? {
    guard var section = field.section() else { return nil }
    var database = DatabaseSettings(engine: .sqlite(path: ""))
    let sqlite = section.field("sqlite")
    let postgres = section.field("postgres")
    switch (sqlite, postgres) {
    case (let sqlite?, nil):
        database.engine = .sqlite(path: sqlite.path() ?? "")
    case (nil, let postgres?):
        database.engine = .postgres(address: readPostgres(postgres) ?? "")
        field.findings.unserved(postgres.place, postgres.path, "PostgreSQL")
    case (_?, let postgres?):
        postgres.report("found postgres beside sqlite, expected one of them")
    case (nil, nil):
        field.report("found neither sqlite nor postgres, expected one of them")
    }
    section.read("migrations", into: &database.migrations)
    if let field = section.field("expect") { database.expect = readExpectation(field) }
    section.read("rehearse", into: &database.rehearse) {
        $0.texts(0...DatabaseSettings.argumentsMax, of: "arguments")
    }
    if let field = section.field("backup") { database.backup = readBackup(field) }
    section.finish()
    return database
}

private func readPostgres(_ field: Field) -> String? {
    let expected = "an address like \"postgresql://user@host/database\""
    guard let text = field.text(expected: expected) else { return nil }
    guard text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") else {
        field.reject(expected: expected)
        return nil
    }
    return text
}

private func readExpectation(_ field: Field) -> Expectation? {
    guard var section = field.section() else { return nil }
    var found: [Expectation] = []
    if let field = section.field("health_field"), let name = readWord(field, "a field's name") {
        found.append(.healthField(name))
    }
    if let field = section.field("header"), let name = readWord(field, "a header's name") {
        found.append(.header(name))
    }
    if let field = section.field("file"), let path = field.path() { found.append(.file(path)) }
    if let field = section.field("command"),
        let arguments = field.texts(1...DatabaseSettings.argumentsMax, of: "arguments")
    {
        found.append(.command(arguments))
    }
    section.finish()
    guard section.entries.count == 1 else {
        let words = section.entries.isEmpty ? "none" : "\(section.entries.count)"
        field.report("found \(words), expected one of health_field, header, file, command")
        return nil
    }
    return found.first
}

/// A name as headers have them (RFC 9110 section 5.6.2, token).
private func readWord(_ field: Field, _ expected: String) -> String? {
    guard let text = field.text(expected: expected) else { return nil }
    let isToken = text.utf8.allSatisfy {
        0x21...0x7e ~= $0 && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0)
    }
    guard isToken, !text.isEmpty, text.utf8.count <= 128 else {
        field.reject(expected: expected)
        return nil
    }
    return text
}

private func readBackup(_ field: Field) -> BackupSettings? {
    guard var section = field.section() else { return nil }
    var backup = BackupSettings(directory: "")
    if let field = section.required("directory", expected: "an absolute path") {
        backup.directory = field.path() ?? ""
    }
    section.read("keep", into: &backup.keep, in: BackupSettings.keepRange)
    section.read("before_switch", into: &backup.beforeSwitch)
    section.read("schedule", into: &backup.schedule, readSchedule)
    section.read("drill", into: &backup.drill, readSchedule)
    section.finish()
    return backup
}

private func readSchedule(_ field: Field) -> BackupSchedule?? {
    let expected = "\(BackupSchedule.expected), or \"\""
    guard let text = field.text(expected: expected) else { return nil }
    if text.isEmpty { return .some(nil) }
    let schedule: BackupSchedule? = field.value(expected: expected)
    return schedule.map { .some($0) }
}
