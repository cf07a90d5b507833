package import AnnotationModel
package import AnnotationStore
import Foundation
package import Logging
import Postgres
package import PostgresTestSupport
import Synchronization

/// Databases with the schema, one for each test: copies of one that was migrated once.
package enum StoreDatabase {
    package static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    package static func with<R>(
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

    /// Run the tests by Tests/with-postgres.
    private struct NoServer: Error {}

    /// The database that the others are copies of. Tests that arm a fail point of the migrator wait for it first.
    package actor Template {
        package static let shared = Template()
        private var making: Task<String, any Error>?

        package func name() async throws -> String {
            if let making { return try await making.value }
            let task = Task { try await Self.make() }
            making = task
            return try await task.value
        }

        private static func make() async throws -> String {
            guard let server = TestDatabase.serverURL else { throw NoServer() }
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
package final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    package init(_ time: Timestamp = Timestamp(microseconds: 1_800_000_000_000_000)) { self.time = Mutex(time) }

    package var now: Timestamp { time.withLock { $0 } }
    package func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
    package var ids: IDSource { IDSource(now: { self.now }, random: IDSource.system.random) }
}
