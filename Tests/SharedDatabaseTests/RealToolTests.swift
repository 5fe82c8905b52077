import Foundation
import Testing

@testable import SharedDatabase

/// Databases that the tools made themselves, and what the tools say that they know.
@Suite(
    "Databases of real Django and Alembic", .enabled(if: RealTool.isInstalled),
    .timeLimit(.minutes(2)))
struct RealToolTests {
    private func gate(_ scratch: Scratch, _ stated: MigrationStatement) -> GateAnswer {
        Gate.answer(path: scratch.path, GateRequest(stated: stated))
    }

    @Test("Django: the graph of its loader is what the gate compares, application by application")
    func django() throws {
        let scratch = try Scratch()
        let tool = try RealTool(in: scratch, RealTool.django)
        try tool.addDjango("0001_initial", creates: "Note", after: nil)
        try tool.addDjango("0002_tag", creates: "Tag", after: "0001_initial")
        let old = try tool.run("migrate", "known")
        #expect(old.contains("contenttypes.0001_initial"))
        #expect(old.contains("shop.0002_tag"))
        let match = gate(scratch, .known(ids: old))
        #expect(match.verdict == .match, "\(match.saw)")
        #expect(match.database?.tool == "django")
        #expect(match.database?.appliedCount == 4)

        try tool.addDjango("0003_price", creates: "Price", after: "0002_tag")
        let new = try tool.run("known")
        let behind = gate(scratch, .known(ids: new))
        #expect(behind.verdict == .databaseBehind)
        #expect(behind.expected.contains("shop.0003_price"))
        #expect(behind.hint.contains("manage.py migrate"))

        _ = try tool.run("migrate")
        #expect(gate(scratch, .known(ids: new)).verdict == .match)
        let ahead = gate(scratch, .known(ids: old))
        #expect(ahead.verdict == .databaseAhead)
        #expect(ahead.database?.startsOnNewer == true)
        #expect(gate(scratch, .latest(id: "shop.0003_price")).verdict == .match)
        // And older code does start: it ignores what it does not know.
        try tool.remove("shop/migrations/0003_price.py")
        #expect(try tool.run("migrate", "known") == old)
    }

    @Test("Alembic: one revision, compared by the target's list; older code does not start")
    func alembic() throws {
        let scratch = try Scratch()
        let tool = try RealTool(in: scratch, RealTool.alembic)
        try tool.addAlembic("e5f0", after: [])
        try tool.addAlembic("1a2b", after: ["e5f0"])
        let old = try tool.run("migrate", "known")
        #expect(old == ["e5f0", "1a2b"])
        let match = gate(scratch, .known(ids: old))
        #expect(match.verdict == .match, "\(match.saw)")
        #expect(match.database?.tool == "alembic")
        #expect(match.database?.applied == ["1a2b"])

        try tool.addAlembic("0c0c", after: ["1a2b"])
        let new = try tool.run("known")
        #expect(gate(scratch, .known(ids: new)).verdict == .databaseBehind)
        _ = try tool.run("migrate")
        #expect(gate(scratch, .known(ids: new)).verdict == .match)
        let ahead = gate(scratch, .known(ids: old))
        #expect(ahead.verdict == .databaseAhead)
        #expect(ahead.database?.startsOnNewer == false)
        try tool.remove("versions/0c0c.py")
        #expect(throws: (any Error).self) { try tool.run("migrate") }
    }

    @Test("Alembic: two heads of two branches match a target that knows both")
    func heads() throws {
        let scratch = try Scratch()
        let tool = try RealTool(in: scratch, RealTool.alembic)
        try tool.addAlembic("e5f0", after: [])
        try tool.addAlembic("1a2b", after: ["e5f0"])
        try tool.addAlembic("9d9d", after: ["e5f0"])
        let known = try tool.run("migrate", "known")
        let match = gate(scratch, .known(ids: known))
        #expect(match.verdict == .match, "\(match.saw)")
        #expect(match.database?.applied == ["1a2b", "9d9d"])
        try tool.addAlembic("77aa", after: ["1a2b", "9d9d"])
        #expect(gate(scratch, .known(ids: try tool.run("known"))).verdict == .databaseBehind)
    }
}

/// A migration tool from the tests' Python environment, with its migrations in a scratch folder.
struct RealTool {
    private static let python = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/python/bin/python").path

    /// `deploy/install-packages test` makes it.
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }

    private let scratch: Scratch
    private let script: String

    struct Failed: Error {
        let output: String
    }

    init(in scratch: Scratch, _ script: String) throws {
        self.scratch = scratch
        self.script = script
    }

    /// Returns the lines that it printed.
    func run(_ steps: String...) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = ["-B", "-c", script, scratch.path, scratch.folder.path] + steps
        process.currentDirectoryURL = scratch.folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(output: text) }
        return text.split(separator: "\n").map(String.init)
    }

    private func write(_ text: String, to name: String) throws {
        let file = scratch.folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: scratch.folder.appending(path: name))
    }

    func addDjango(_ name: String, creates model: String, after: String?) throws {
        try write("", to: "shop/__init__.py")
        try write("", to: "shop/migrations/__init__.py")
        try write(
            """
            from django.db import migrations, models
            class Migration(migrations.Migration):
                dependencies = [\(after.map { "('shop', '\($0)')" } ?? "")]
                operations = [migrations.CreateModel(name='\(model)', fields=[
                    ('id', models.BigAutoField(primary_key=True)),
                    ('name', models.CharField(max_length=50))])]
            """, to: "shop/migrations/\(name).py")
    }

    func addAlembic(_ revision: String, after: [String]) throws {
        try write(
            """
            from alembic import op
            import sqlalchemy
            revision = '\(revision)'
            down_revision = (\(after.map { "'\($0)'," }.joined())) or None
            def upgrade():
                op.create_table('t\(revision)', sqlalchemy.Column('id', sqlalchemy.Integer))
            """, to: "versions/\(revision).py")
        try write(
            """
            import sqlalchemy
            from alembic import context
            engine = sqlalchemy.create_engine(context.config.get_main_option('sqlalchemy.url'))
            with engine.connect() as connection:
                context.configure(connection=connection)
                with context.begin_transaction():
                    context.run_migrations()
            """, to: "env.py")
        try write("", to: "script.py.mako")
    }

    static let django = """
        import sys
        import django
        from django.conf import settings
        from django.core.management import call_command
        sys.path.insert(0, sys.argv[2])
        settings.configure(
            DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': sys.argv[1]}},
            INSTALLED_APPS=['django.contrib.contenttypes', 'shop'],
            DEFAULT_AUTO_FIELD='django.db.models.BigAutoField')
        django.setup()
        if 'migrate' in sys.argv:
            call_command('migrate', verbosity=0)
        if 'known' in sys.argv:
            from django.db import connection
            from django.db.migrations.loader import MigrationLoader
            for app, name in sorted(MigrationLoader(connection).graph.nodes):
                print(f'{app}.{name}')
        """

    static let alembic = """
        import sys
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory
        config = Config()
        config.set_main_option('script_location', sys.argv[2])
        config.set_main_option('sqlalchemy.url', 'sqlite:///' + sys.argv[1])
        if 'migrate' in sys.argv:
            command.upgrade(config, 'heads')
        if 'known' in sys.argv:
            scripts = list(ScriptDirectory.from_config(config).walk_revisions())
            print('\\n'.join(script.revision for script in reversed(scripts)))
        """
}
