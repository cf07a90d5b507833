import AnnotationModel
import AnnotationServer
import AnnotationServices
import AnnotationStore
import AsyncHTTPClient
import Foundation
import Hummingbird
import JSONText
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import PostgresTestSupport
import ServiceLifecycle
import Synchronization

/// A server on a free port over a throw-away database, and an HTTP client to talk to it.
struct TestServer: Sendable {
    let address: String
    let services: Services
    let http: HTTPClient
    /// What stops the server in order, for tests of just that.
    let group: ServiceGroup
    /// All rights, as the command line has.
    let admin = Principal.commandLine(osUser: "tester")

    /// Runs the body beside a running server, which is stopped in order afterwards.
    static func with(
        options: ServerOptions = ServerOptions(port: 0), limits: LoginLimits = .standard,
        ids: IDSource = .system, slowStatements: Duration? = nil, logger: Logger = quietLogger,
        client: HTTPClient.Configuration = .init(),
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            try await Migrator(connectionString: database.connectionString, logger: logger).migrate()
            let store = Database(
                connectionString: database.connectionString, poolSize: 4, slowStatements: slowStatements, ids: ids,
                logger: logger)
            let services = Services(database: store, limits: limits)
            let (addresses, announce) = AsyncStream.makeStream(of: String.self)
            let application: HTTPServer
            do {
                application = try buildApplication(services: services, options: options, logger: logger) {
                    announce.yield($0)
                }
            } catch {
                await store.close()
                throw error
            }
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(services: [.init(service: application)], logger: logger))
            let running = Task { try await group.run() }
            let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: client)
            do {
                guard let address = await addresses.first(where: { _ in true }) else { throw NoAddress() }
                try await body(TestServer(address: address, services: services, http: http, group: group))
            } catch {
                await group.triggerGracefulShutdown()
                _ = await running.result
                try await http.shutdown()
                await store.close()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await running.value
            try await http.shutdown()
            await store.close()
        }
    }

    static let quietLogger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private struct NoAddress: Error {}

    /// A user without a password, and a token of theirs.
    func token(
        _ name: String, admin isAdmin: Bool = false, scope: TokenScope = .write, project: String? = nil,
        expiresAt: Timestamp? = nil
    ) async throws -> String {
        if try await UserStore(services.database).find(name: name) == nil {
            _ = try await services.accounts.add(name: name, password: nil, isAdmin: isAdmin, by: admin)
        }
        return try await services.tokens.create(
            user: name, name: "test", scope: scope, project: project, expiresAt: expiresAt, by: admin
        ).text
    }

    /// A project with bob as annotator, one label of each kind, and one article.
    func project(_ name: String = "p", visibility: Visibility = .all, layers: LayerMode = .own) async throws -> Project
    {
        let labels = [
            Label(key: "PER", kind: .span), Label(key: "topic", kind: .document),
            Label(key: "said_by", kind: .relation),
        ]
        let record = try await services.projects.create(
            ProjectDraft(name: name, title: "", language: nil, layers: layers, visibility: visibility, access: .all),
            labels: labels, by: admin)
        for user in ["bob", "carol"] {
            _ = try await token(user)
            _ = try await services.members.add(user, role: .annotator, project: name, by: admin)
        }
        return record.project
    }

    struct Reply {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var json: JSONValue { get throws { try JSONValue(parsing: bytes) } }
        func header(_ name: String) -> String? { headers.first(name: name) }

        var code: String? { (try? json)?["code"]?.stringValue }
    }

    /// Sends one request and reads the whole answer.
    func send(
        _ method: Method, _ path: String, token: String? = nil, body: [UInt8]? = nil,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: address + path)
        request.method = .RAW(value: method.rawValue)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let response = try await http.execute(request, timeout: .seconds(60))
        let buffer = try await response.body.collect(upTo: 64 << 20)
        return Reply(
            status: Int(response.status.code), headers: response.headers, bytes: Array(buffer.readableBytesView))
    }

    func send(
        _ method: Method, _ path: String, token: String? = nil, json: JSONValue, headers: [String: String] = [:]
    ) async throws -> Reply {
        try await send(method, path, token: token, body: json.canonicalBytes(), headers: headers)
    }
}

enum Method: String {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
}
