// swift-tools-version: 6.2
import PackageDescription

// Every target is built alike: Swift 6 mode, warnings are errors, deprecations stay warnings.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "manicule",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "manicule", targets: ["manicule"]),
        .executable(name: "manicule-client", targets: ["manicule-client"]),
        .library(name: "AnnotationClient", targets: ["AnnotationClient"]),
        .library(name: "Postgres", targets: ["Postgres"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/apple/swift-system", .upToNextMinor(from: "1.8.1")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-configuration", .upToNextMinor(from: "1.4.0")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/swiftlang/swift-subprocess", .upToNextMinor(from: "1.0.2")),
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1")),
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-ssl", .upToNextMinor(from: "2.37.0")),
        .package(url: "https://github.com/swift-server/async-http-client", .upToNextMinor(from: "1.37.0")),
        .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", .upToNextMinor(from: "1.5.0")),
    ],
    targets: [
        // System libraries, from Debian.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Foundations: no knowledge of annotation.
        .target(name: "Digest", dependencies: ["CSodium"], swiftSettings: settings),
        .target(name: "Compression", dependencies: ["CZlib"], swiftSettings: settings),
        .testTarget(name: "CompressionTests", dependencies: ["Compression"], swiftSettings: settings),
        .target(name: "JSONText", swiftSettings: settings),
        .target(
            name: "LibPQ", dependencies: ["CLibpq"], swiftSettings: settings + [.strictMemorySafety()]),
        .target(name: "Postgres", dependencies: ["LibPQ", log, lifecycle], swiftSettings: settings),
        .target(
            name: "PrivatePostgres",
            dependencies: [
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"), log,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "hold-cluster", dependencies: ["PrivatePostgres", log], path: "Tests/HoldCluster",
            swiftSettings: settings),
        .testTarget(
            name: "PrivatePostgresTests",
            dependencies: [
                "PrivatePostgres", "hold-cluster", .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"), log,
            ],
            swiftSettings: settings),
        .target(name: "FailPoints", swiftSettings: settings),

        // The pure core.
        .target(name: "AnnotationModel", dependencies: ["JSONText", "Digest"], swiftSettings: settings),
        .target(
            name: "Interchange", dependencies: ["AnnotationModel", "JSONText", "Digest"], swiftSettings: settings),
        .target(
            name: "AnnotationModelTestSupport", dependencies: ["AnnotationModel", "JSONText", "Digest"],
            path: "Tests/AnnotationModelTestSupport", swiftSettings: settings),
        .testTarget(
            name: "AnnotationModelTests",
            dependencies: ["AnnotationModel", "AnnotationModelTestSupport", "JSONText", "Digest"],
            swiftSettings: settings),
        .testTarget(
            name: "InterchangeTests",
            dependencies: ["Interchange", "AnnotationModel", "AnnotationModelTestSupport", "JSONText", "Digest"],
            swiftSettings: settings),
        .target(
            name: "SyncProtocol", dependencies: ["AnnotationModel", "JSONText", "Digest"], swiftSettings: settings),
        .target(
            name: "SyncEngine", dependencies: ["SyncProtocol", "AnnotationModel", "JSONText", "Digest"],
            swiftSettings: settings),

        // The server.
        .target(name: "Migrations", path: "sql", resources: [.embedInCode("migrations")], swiftSettings: settings),
        .target(
            name: "AnnotationStore",
            dependencies: [
                "Postgres", "SyncEngine", "SyncProtocol", "AnnotationModel", "JSONText", "Digest", "Migrations",
                "FailPoints", log,
            ],
            swiftSettings: settings),
        .target(
            name: "AnnotationServices",
            dependencies: [
                "AnnotationStore", "Interchange", "Postgres", "SyncEngine", "SyncProtocol", "AnnotationModel",
                "JSONText", "Digest", "FailPoints", log,
            ],
            swiftSettings: settings),
        .target(
            name: "AnnotationServer",
            dependencies: [
                "AnnotationServices", "AnnotationStore", "Postgres", "SyncProtocol", "AnnotationModel", "JSONText",
                "Digest", "Compression", log, lifecycle, signals,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            exclude: ["OpenAPI/components.json", "OpenAPI/openapi.json"],
            swiftSettings: settings),
        .target(
            name: "CommandSupport", dependencies: ["JSONText", arguments], swiftSettings: settings),
        .target(
            name: "AdminCommands",
            dependencies: [
                "AnnotationServices", "AnnotationServer", "AnnotationStore", "Interchange", "Migrations",
                "SyncProtocol", "AnnotationModel", "PrivatePostgres", "Postgres",
                "CommandSupport", "JSONText",
                "FailPoints", arguments, log, lifecycle,
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: settings),
        .executableTarget(name: "manicule", dependencies: ["AdminCommands"], swiftSettings: settings),

        // The client.
        .target(
            name: "AnnotationClient",
            dependencies: [
                "SyncEngine", "SyncProtocol", "AnnotationModel", "JSONText", "Digest", "FailPoints",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "ClientCommands",
            dependencies: [
                "AnnotationClient", "SyncEngine", "SyncProtocol", "AnnotationModel", "CommandSupport", "JSONText",
                "FailPoints", arguments,
            ],
            swiftSettings: settings),
        .target(name: "ManiculeDocumentation", swiftSettings: settings),
        .executableTarget(name: "manicule-client", dependencies: ["ClientCommands"], swiftSettings: settings),

        // Tests of the foundations.
        .target(
            name: "PostgresTestSupport", dependencies: ["Postgres", log], path: "Tests/PostgresTestSupport",
            swiftSettings: settings),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"], swiftSettings: settings),
        // Measures the JSON parser and writer beside Foundation's; run by `make bench`.
        .executableTarget(
            name: "bench-json", dependencies: ["JSONText"], path: "Benchmarks/Sources/bench-json",
            swiftSettings: settings),
        .testTarget(name: "DigestTests", dependencies: ["Digest"], swiftSettings: settings),
        .testTarget(name: "LibPQTests", dependencies: ["LibPQ"], swiftSettings: settings),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "LibPQ", "PostgresTestSupport", log],
            swiftSettings: settings),
        .testTarget(
            name: "CommandSupportTests", dependencies: ["CommandSupport", "JSONText", arguments],
            swiftSettings: settings),

        // Tests of protocol, engine, store and server.
        .testTarget(
            name: "SyncProtocolTests",
            dependencies: ["SyncProtocol", "AnnotationModel", "AnnotationModelTestSupport", "JSONText", "Digest"],
            swiftSettings: settings),
        .testTarget(
            name: "SyncEngineTests",
            dependencies: [
                "SyncEngine", "SyncProtocol", "AnnotationModel", "AnnotationModelTestSupport", "JSONText", "Digest",
            ],
            swiftSettings: settings),
        .target(
            name: "AnnotationStoreTestSupport",
            dependencies: ["AnnotationStore", "AnnotationModel", "Postgres", "PostgresTestSupport", log],
            path: "Tests/AnnotationStoreTestSupport", swiftSettings: settings),
        .testTarget(
            name: "AnnotationStoreTests",
            dependencies: [
                "AnnotationStoreTestSupport",
                "AnnotationStore", "Migrations", "SyncEngine", "SyncProtocol", "AnnotationModel",
                "AnnotationModelTestSupport",
                "Postgres", "PostgresTestSupport", "JSONText", "Digest", "FailPoints", log,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AnnotationServicesTests",
            dependencies: [
                "AnnotationStoreTestSupport",
                "AnnotationServices", "AnnotationStore", "Migrations", "Interchange", "SyncEngine", "SyncProtocol",
                "AnnotationModel", "AnnotationModelTestSupport", "Postgres", "PostgresTestSupport", "JSONText",
                "Digest",
                "FailPoints", log,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AnnotationServerTests",
            dependencies: [
                "AnnotationServer", "AnnotationServices", "AnnotationStore", "SyncProtocol", "AnnotationModel",
                "Postgres", "Compression",
                "PostgresTestSupport", "JSONText", "Digest", log, lifecycle,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),

        // Tests of the client, and of the two programs together.
        .testTarget(
            name: "AnnotationClientTests",
            dependencies: [
                "AnnotationClient", "SyncEngine", "SyncProtocol", "AnnotationModel", "JSONText", "Digest", "FailPoints",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ClientCommandsTests",
            dependencies: [
                "ClientCommands", "AnnotationClient", "SyncProtocol", "CommandSupport", "AnnotationModel", "JSONText",
                "Digest",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AdminCommandsTests",
            dependencies: ["AdminCommands", "CommandSupport", "AnnotationModel", "JSONText", arguments],
            swiftSettings: settings),
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "manicule", "manicule-client", "FailPoints", "AnnotationModel", "PrivatePostgres", "Postgres",
                "JSONText",
                "Digest", log,
            ],
            swiftSettings: settings),
    ]
)

// `MANICULE_TARGETS="LibPQTests PostgresTests"` leaves only these targets, what they need, and their packages: for
// `make sanitize`, which would otherwise build everything once more for each sanitizer.
if let wanted = Context.environment["MANICULE_TARGETS"] {
    var targets: Set<String> = []
    var packages: Set<String> = []
    func keep(_ name: String) {
        guard let target = package.targets.first(where: { $0.name == name }), targets.insert(name).inserted else {
            return
        }
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): keep(name)
            case .productItem(_, let name, _, _): if let name { packages.insert(name) }
            @unknown default: break
            }
        }
    }
    for name in wanted.split(separator: " ") { keep(String(name)) }
    package.targets.removeAll { !targets.contains($0.name) }
    package.products = []
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        return !packages.contains { location.hasSuffix("/\($0)") }
    }
}
