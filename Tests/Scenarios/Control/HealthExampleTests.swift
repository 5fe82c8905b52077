import Control
import Foundation
import GRDB
import Kernel
import Testing

/// The health endpoints of deploy/README.md, run as they stand there, before the real gate.
@Suite("What deploy/README.md tells apps to say", .serialized, .timeLimit(.minutes(2)))
struct HealthExampleTests {
    private static let python = BuildFolder.repository.appending(path: ".build/python/bin/python")
        .path
    private static let node = ["/usr/bin/node", "/usr/bin/nodejs", "/usr/local/bin/node"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// The code under a heading.
    private static func example(_ heading: String) throws -> String {
        let page = try String(
            contentsOf: BuildFolder.repository.appending(path: "deploy/README.md"), encoding: .utf8)
        let section = try #require(page.components(separatedBy: "\n### \(heading)\n").last)
        let blocks = section.components(separatedBy: "```")
        try #require(blocks.count > 2)
        // The first line names the language.
        return blocks[1].split(separator: "\n").dropFirst().joined(separator: "\n") + "\n"
    }

    private func bascule(
        _ blue: SocketAddress, _ green: SocketAddress, _ folder: Scratch
    ) throws -> Bascule {
        var service = Configuration.Service()
        service.blue = [blue.description]
        service.green = [green.description]
        service.database = [
            "sqlite: \(folder.file("app.db"))", "expect: {health_field: migration}",
        ]
        let bascule = try Bascule(Configuration([service]), folder: folder)
        try bascule.waitForHealth()
        return bascule
    }

    private func migrations(_ bascule: Bascule, _ color: String) throws -> Check {
        let command = try bascule.run("check", "--to", color, "--json")
        return try #require(
            try command.answer(CheckAnswer.self).checks.first { $0.name == .migrations })
    }

    @Test(
        "Node with Knex: match, behind and ahead",
        .enabled(if: node != nil, "deploy/install-packages test installs it"))
    func knex() throws {
        let folder = try Scratch()
        let names = ["20240101_users.js", "20240202_notes.js", "20240303_tags.js"]
        let queue = try DatabaseQueue(path: folder.file("app.db"), configuration: .patient)
        try queue.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE `knex_migrations` (`id` integer not null primary key
                        autoincrement, `name` varchar(255), `batch` integer,
                        `migration_time` datetime);
                    CREATE TABLE `knex_migrations_lock` (`index` integer not null primary key
                        autoincrement, `is_locked` integer);
                    INSERT INTO knex_migrations_lock (is_locked) VALUES (0);
                    CREATE TABLE users (id INTEGER PRIMARY KEY);
                    """)
            for name in names.prefix(2) {
                try database.execute(
                    sql: "INSERT INTO knex_migrations (name, batch) VALUES (?, 1)",
                    arguments: [name])
            }
        }
        let serve =
            "require('node:http').createServer(health).listen(process.env.PORT, '127.0.0.1')"
        var apps: [Program] = []
        func start(_ color: String, _ known: [String]) throws -> SocketAddress {
            try FileManager.default.createDirectory(
                atPath: folder.file("\(color)/migrations"), withIntermediateDirectories: true)
            for name in known { try folder.write("", to: "\(color)/migrations/\(name)") }
            try folder.write(try Self.example("Node, with Knex") + serve, to: "\(color)/app.js")
            let port = try FreePort.next()
            apps.append(
                try Program(
                    try #require(Self.node), ["app.js"],
                    environment: ["PORT": "\(port)", "DATABASE": folder.file("app.db")],
                    folder: folder.file(color)))
            return try #require(SocketAddress("127.0.0.1:\(port)"))
        }
        let blue = try start("blue", Array(names.prefix(2)))
        let green = try start("green", names)
        let bascule = try bascule(blue, green, folder)
        #expect(try migrations(bascule, "blue").verdict == "match")
        #expect(try migrations(bascule, "green").verdict == "database-behind")
        try queue.write {
            try $0.execute(
                sql: "INSERT INTO knex_migrations (name, batch) VALUES (?, 2)",
                arguments: [names[2]])
        }
        #expect(try migrations(bascule, "green").verdict == "match")
        #expect(try migrations(bascule, "blue").verdict == "database-ahead")
        for app in apps { app.kill() }
    }

    @Test(
        "Django: what its loader knows is what its migrate has applied",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "deploy/install-packages test makes the environment"))
    func django() throws {
        let folder = try Scratch()
        try FileManager.default.createDirectory(
            atPath: folder.file("shop/migrations"), withIntermediateDirectories: true)
        for name in ["shop/__init__.py", "shop/migrations/__init__.py"] {
            try folder.write("", to: name)
        }
        try folder.write(
            """
            from django.db import migrations, models
            class Migration(migrations.Migration):
                operations = [migrations.CreateModel(name='Note', fields=[
                    ('id', models.BigAutoField(primary_key=True))])]
            """, to: "shop/migrations/0001_initial.py")
        let routes = "from django.urls import path\nurlpatterns = [path('health', health)]\n"
        try folder.write(try Self.example("Django") + routes, to: "urls.py")
        let port = try FreePort.next()
        let script = """
            import sys, django
            from django.conf import settings
            from django.core.management import call_command
            from wsgiref.simple_server import make_server
            sys.path.insert(0, '.')
            settings.configure(
                DATABASES={'default': {
                    'ENGINE': 'django.db.backends.sqlite3', 'NAME': sys.argv[1]}},
                INSTALLED_APPS=['django.contrib.contenttypes', 'shop'], ROOT_URLCONF='urls',
                ALLOWED_HOSTS=['*'], SECRET_KEY='of a test',
                DEFAULT_AUTO_FIELD='django.db.models.BigAutoField')
            django.setup()
            call_command('migrate', verbosity=0)
            from django.core.wsgi import get_wsgi_application
            make_server('127.0.0.1', int(sys.argv[2]), get_wsgi_application()).serve_forever()
            """
        let app = try Program(
            Self.python, ["-B", "-c", script, folder.file("app.db"), "\(port)"],
            folder: folder.path)
        let address = try #require(SocketAddress("127.0.0.1:\(port)"))
        let bascule = try bascule(address, address, folder)
        let check = try migrations(bascule, "green")
        #expect(check.verdict == "match", "\(check)")
        let status = try bascule.service()
        #expect(status.database?.migrations?.tool == "django")
        #expect(status.database?.migrations?.count == 3)
        // Its SQLite is named where it can lose commits.
        let warnings = status.database?.warnings ?? []
        #expect(warnings.allSatisfy { $0.name == .sqlite && $0.message.contains("uses SQLite") })
        app.kill()
    }
}
