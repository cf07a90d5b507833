import AnnotationModel
import AnnotationStore
import Foundation
import Logging
import Postgres
import PostgresTestSupport
import Synchronization
import Testing

/// Databases with the schema, one for each test: copies of one that was migrated once.
enum StoreDatabase {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func with<R>(
        ids: IDSource = .system, poolSize: Int = 4, _ body: (Database, TestDatabase) async throws -> R
    ) async throws -> R {
        try await TestDatabase.with(template: try await Template.shared.name()) { test in
            let database = Database(
                connectionString: test.connectionString, poolSize: poolSize, ids: ids, logger: logger)
            do {
                let result = try await body(database, test)
                await database.close()
                return result
            } catch {
                await database.close()
                throw error
            }
        }
    }

    /// The database that the others are copies of. Tests that arm a fail point of the migrator wait for it first.
    actor Template {
        static let shared = Template()
        private var making: Task<String, any Error>?

        func name() async throws -> String {
            if let making { return try await making.value }
            let task = Task { try await Self.make() }
            making = task
            return try await task.value
        }

        private static func make() async throws -> String {
            let server = try #require(TestDatabase.serverURL, "run the tests by Tests/with-postgres")
            let name = "template_\(UUID().uuidString.lowercased())"
            let client = PostgresClient(
                configuration: .init(connectionString: server, poolSize: 1), logger: StoreDatabase.logger)
            try await client.withConnection {
                try await $0.execute(unsafeSQL: #"CREATE DATABASE "\#(name)" TEMPLATE template0"#)
            }
            await client.close()
            let url = TestDatabase.url(server, database: name)
            try await Migrator(connectionString: url, logger: StoreDatabase.logger).migrate()
            return name
        }
    }
}

/// A clock that a test sets, with the system's random bits.
final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp = Timestamp(microseconds: 1_800_000_000_000_000)) { self.time = Mutex(time) }

    var now: Timestamp { time.withLock { $0 } }
    func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    var ids: IDSource { IDSource(now: { self.now }, random: IDSource.system.random) }
}
