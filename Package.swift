// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target: one language, no warnings, no unmarked unsafe code.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A room of `Sources`: it may import only rooms that are declared above it (the test `Tidy`
/// reads this order from here).
func room(
    _ name: String, _ dependencies: [Target.Dependency] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: house)
}

let atomics = Target.Dependency.product(name: "Atomics", package: "swift-atomics")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(
    name: "HummingbirdCore", package: "hummingbird")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "bascule",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "bascule", targets: ["bascule"]),
        .executable(name: "bascule-ledger", targets: ["bascule-ledger"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.9.0"),
    ],
    targets: [
        // What Swift cannot say of C.
        .target(name: "CKernel"),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),

        // The way of a byte.
        room("Kernel", ["CKernel"]),
        room("Bytes", ["Kernel"]),
        room("Board", ["Kernel", atomics]),
        room("HTTP", ["Bytes"]),
        room("Telemetry", ["Kernel", "Bytes", "HTTP"]),
        room("HTTP1", ["HTTP", "Bytes"]),
        room("HTTP2", ["CNghttp2", "Bytes", "HTTP"]),
        room("TLS", ["COpenSSL", "Kernel", "Bytes"]),
        room("Routing", ["Bytes", "HTTP"]),
        room("Exchange", ["Kernel", "Board", "Bytes", "HTTP", "Routing"]),
        room(
            "Worker",
            [
                "Kernel", "Bytes", "Board", "HTTP", "Telemetry", "HTTP1", "HTTP2", "TLS",
                "Routing", "Exchange",
            ]),

        // The way of a command.
        room("Control", ["Board"]),
        room("Settings", ["Kernel", "Board", "Control", "TLS", yams]),
        room("Console", ["Kernel", "Board", "Control"]),
        room("Health", ["Kernel", "Bytes", "Control", "HTTP", "HTTP1", "TLS", "Settings"]),
        room("Journal", ["Kernel", "Board", "Control"]),
        room("SharedDatabase", ["Kernel", "Bytes", "TLS", "Control", grdb, grdbSQLite]),
        room("Switchover", ["Control"]),
        room(
            "Controller",
            [
                "Kernel", "Board", "Control", "TLS", "Settings", "Health", "Journal",
                "SharedDatabase", "Switchover", hummingbird, hummingbirdCore, logging,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        room("Supervisor", ["Kernel", "Board"]),
        room("LoadClient", ["Kernel"]),
        room("Demo", ["Kernel", "Board", "Control", "LoadClient", grdb]),
        .executableTarget(
            name: "bascule",
            dependencies: [
                "Kernel", "Board", "Telemetry", "TLS", "Routing", "Worker", "Control", "Settings",
                "Console", "SharedDatabase", "Controller", "Supervisor", "Demo", arguments, logging,
            ],
            swiftSettings: house),
        .executableTarget(
            name: "bascule-ledger",
            dependencies: [
                arguments, grdb, hummingbird, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house),

        // Tests.
        .executableTarget(
            name: "board-torture", dependencies: ["Board", "Kernel"],
            path: "Tests/BoardTorture", swiftSettings: house),
        .executableTarget(
            name: "chaos-proxy", dependencies: ["Kernel"],
            path: "Tests/ChaosProxy", swiftSettings: house),
        .target(
            name: "FuzzBodies",
            dependencies: ["Kernel", "Board", "Bytes", "HTTP", "HTTP1", "HTTP2", "Exchange"],
            path: "Tests/FuzzBodies", swiftSettings: house),
        tests("FuzzTests", ["FuzzBodies"]),
        tests("KernelTests", ["Kernel", "Bytes"]),
        tests("BytesTests", ["Bytes", "Kernel"]),
        tests("BoardTests", ["Board", "Kernel", "board-torture"]),
        tests("TelemetryTests", ["Telemetry", "Bytes", "HTTP", "Kernel"]),
        tests("HTTP1Tests", ["HTTP", "HTTP1", "Bytes"]),
        tests("HTTP2Tests", ["HTTP2", "Bytes", "HTTP"]),
        tests("TLSTests", ["TLS", "Bytes", "Kernel"]),
        tests("RoutingTests", ["Routing", "Bytes"]),
        tests("ExchangeTests", ["Exchange", "Kernel", "HTTP", "Board"]),
        tests("WorkerTests", ["Worker", "Board", "Bytes", "HTTP", "HTTP2", "Kernel"]),
        tests("SettingsTests", ["Settings", "Board", "Control", "Kernel"]),
        tests("ConsoleTests", ["Console", "Board", "Control", "Kernel"]),
        tests("HealthTests", ["Health", "Board", "Kernel", "Settings"]),
        tests("JournalTests", ["Journal", "Board", "Control", "Kernel"]),
        tests("SharedDatabaseTests", ["SharedDatabase", "Control", "Kernel", "TLS", grdb]),
        tests("SwitchoverTests", ["Switchover", "Control"]),
        tests(
            "ControllerTests",
            [
                "Controller", "Board", "Control", "Journal", "Kernel", "Settings",
                "SharedDatabase", logging,
            ]),
        tests("ControlTests", ["Control", "Board"]),
        tests("CommandTests", ["bascule", "Board", "Control", "Console", arguments]),
        tests("SupervisorTests", ["Supervisor", "Kernel"]),
        tests("LedgerTests", ["bascule-ledger", "LoadClient", "Kernel", grdb]),
        tests("LoadClientTests", ["LoadClient", "Kernel"]),
        tests("DemoTests", ["Demo", "LoadClient", "Kernel", "bascule", "bascule-ledger"]),
        tests(
            "Simulation",
            ["Board", "Control", "Kernel", "SharedDatabase", "Switchover", "Worker"]),
        tests(
            "Scenarios",
            [
                "Kernel", "Board", "Control", "Journal", "LoadClient", "bascule", "bascule-ledger",
                "chaos-proxy", grdb,
            ]),
        tests("Tidy", []),
    ]
)
