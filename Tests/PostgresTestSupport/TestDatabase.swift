import Foundation
import Logging
package import Postgres
import Synchronization

/// A database of its own for one test, on the server that `MANICULE_TEST_DATABASE_URL` names.
package struct TestDatabase: Sendable {
    /// As the superuser.
    package let connectionString: String
    package let name: String
    private let clients = Clients()

    private final class Clients: Sendable {
        let list = Mutex<[PostgresClient]>([])
    }

    /// The URL of a superuser, given by `Tests/with-postgres`.
    package static var serverURL: String? { ProcessInfo.processInfo.environment["MANICULE_TEST_DATABASE_URL"] }

    package struct NoServer: Error, CustomStringConvertible {
        package let description = "MANICULE_TEST_DATABASE_URL is not set: run the tests by Tests/with-postgres"
    }

    /// Creates a database, empty or as a copy of the template, and drops it after the body, whoever is still connected.
    package static func with<R>(
        template: String? = nil, _ body: (TestDatabase) async throws -> R
    ) async throws -> R {
        guard let serverURL else { throw NoServer() }
        let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: ""))"
        // template0 rather than template1: nobody can be connected to it, so that the copy cannot be refused.
        try await administer(serverURL, #"CREATE DATABASE "\#(name)" TEMPLATE "\#(template ?? "template0")""#)
        let database = TestDatabase(connectionString: url(serverURL, database: name), name: name)
        let result: R
        do {
            result = try await body(database)
        } catch {
            try? await database.drop(serverURL)
            throw error
        }
        try await database.drop(serverURL)
        return result
    }

    /// A client of the database; it is closed before the database is dropped.
    package func client(poolSize: Int = 4) -> PostgresClient {
        client(PostgresConfiguration(connectionString: connectionString, poolSize: poolSize))
    }

    /// A client with a configuration of its own.
    package func client(_ configuration: PostgresConfiguration) -> PostgresClient {
        let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        clients.list.withLock { $0.append(client) }
        return client
    }

    /// The URL of another database on the same server.
    package static func url(_ url: String, database: String) -> String {
        guard var components = URLComponents(string: url) else { return url }
        components.path = "/\(database)"
        return components.string ?? url
    }

    private func drop(_ serverURL: String) async throws {
        for client in clients.list.withLock({ $0 }) { await client.close() }
        try await Self.administer(serverURL, #"DROP DATABASE "\#(name)" WITH (FORCE)"#)
    }

    private static func administer(_ serverURL: String, _ sql: String) async throws {
        let client = PostgresClient(
            configuration: .init(connectionString: serverURL, poolSize: 1), logger: Logger(label: "test"))
        do {
            try await client.withConnection { try await $0.execute(unsafeSQL: sql) }
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }
}
