package import AnnotationModel
import Foundation
import GRDB
import JSONText
import SyncProtocol

/// One replica of a project on this machine: everything can be read and written without a server.
///
/// Any number of processes, and of handles in one, may use the same clone at once; only one of them syncs at a time.
/// What stands where is said at `CloneDirectory`.
package final class Clone: Sendable {
    /// What a clone is taken with.
    package struct Setup: Sendable {
        package var server: String
        /// The project's name or id.
        package var project: String
        package var token: String
        /// How the server's lists call this clone; the host's name otherwise.
        package var device: String?

        package init(server: String, project: String, token: String, device: String? = nil) {
            self.server = server
            self.project = project
            self.token = token
            self.device = device
        }
    }

    let place: CloneDirectory
    let store: CloneStore
    let ids: IDSource
    let retry: RetryPolicy

    /// The directory that was cloned into.
    package var directory: String { place.path }

    init(_ place: CloneDirectory, _ store: CloneStore, ids: IDSource, retry: RetryPolicy = RetryPolicy()) {
        self.place = place
        self.store = store
        self.ids = ids
        self.retry = retry
    }

    /// Opens the clone in `directory`, or in the nearest directory above it that is one.
    package static func open(
        from directory: String, ids: IDSource = .system, retry: RetryPolicy = RetryPolicy()
    ) throws -> Clone {
        guard let place = CloneDirectory.nearest(to: directory) else {
            throw ClientError(
                .usage, "not_a_clone", "\(CloneDirectory(directory).path) is no clone, and lies in none: take one first"
            )
        }
        let clone = Clone(place, try CloneStore(path: place.database), ids: ids, retry: retry)
        guard try clone.store.read({ try $0.meta(.server) }) != nil else {
            throw ClientError(.usage, "not_a_clone", "\(place.path) was never finished: take the clone again")
        }
        return clone
    }

    /// Takes a clone of a project into `directory`, which is made where it is missing.
    ///
    /// Run again after a cut or a kill it goes on where it was. On a finished clone of the same project and user it
    /// keeps the new token and syncs.
    /// - Throws: `ClientError`: `clone_exists` where another project or user is cloned there, `no_server`,
    ///   `auth_expired`, `not_found`.
    package static func take(
        _ setup: Setup, into directory: String, ids: IDSource = .system, retry: RetryPolicy = RetryPolicy(),
        progress: SyncProgressHandler? = nil
    ) async throws -> Clone {
        let place = CloneDirectory(directory)
        let address = try ServerAddress(setup.server)
        let token = TokenFile.trimmed(setup.token)
        let (identity, project) = try await ServerConnection.with(address, token: token, retry: retry) { server in
            (try await Identity(of: server, progress), try await RemoteProject(setup.project, on: server, progress))
        }
        _ = try place.make()
        let lock = try await SyncLock.take(place.lockFile)
        defer { withExtendedLifetime(lock) {} }
        let clone = Clone(place, try CloneStore(path: place.database), ids: ids, retry: retry)
        let device = setup.device ?? ProcessInfo.processInfo.hostName
        try clone.store.write { db in
            if let known = try db.metaID(.projectID) {
                guard known == project.id, try db.metaID(.userID) == identity.id else {
                    throw ClientError(
                        .usage, "clone_exists",
                        "\(place.path) is \(try db.meta(.userName) ?? "another user")'s clone of \(try db.meta(.projectName) ?? "another project"): choose another directory"
                    )
                }
            } else {
                try db.setMeta(.projectID, project.id.text)
                try db.setMeta(.userID, identity.id.text)
                try db.setMeta(.clientID, ids.id().text)
                try db.setMeta(.device, device)
                try db.setMeta(.phase, Phase.snapshot.rawValue)
            }
            try db.setMeta(.server, address.text)
            try db.setMeta(.projectName, project.name)
            try db.setMeta(.userName, identity.name)
        }
        try TokenFile(path: place.tokenFile).write(token)
        _ = try await clone.session(progress)
        return clone
    }

    /// Closes the file. A clone that is not closed loses nothing.
    package func close() throws {
        try store.pool.close()
    }

    // MARK: The server

    /// One sync, when no other process is at it: pushes what waits here, pulls what is new.
    ///
    /// - Throws: `ClientError`: `no_server` and others of kind `environment` when it is to be tried again, of kind
    ///   `refused` when a person has to do something. The outbox is never touched by a failure.
    package func sync(progress: SyncProgressHandler? = nil) async throws -> SyncReport {
        let lock = try await SyncLock.take(place.lockFile)
        defer { withExtendedLifetime(lock) {} }
        return try await session(progress)
    }

    private func session(_ progress: SyncProgressHandler?) async throws -> SyncReport {
        let token = try TokenFile(path: place.tokenFile).read()
        let address = try ServerAddress(try store.read { try $0.meta(.server) } ?? "")
        return try await ServerConnection.with(address, token: token, retry: retry) { server in
            var session = SyncSession(store: store, server: server, ids: ids, progress: progress)
            return try await session.run()
        }
    }

    /// Keeps a new token, if it is the same user's.
    package func renewToken(_ token: String) async throws {
        let token = TokenFile.trimmed(token)
        let address = try ServerAddress(try store.read { try $0.meta(.server) } ?? "")
        let identity = try await ServerConnection.with(address, token: token, retry: retry) {
            try await Identity(of: $0, nil)
        }
        guard try store.read({ try $0.metaID(.userID) }) == identity.id else {
            throw ClientError(
                .usage, "foreign_token", "that is \(identity.name)'s token; this clone is another user's")
        }
        try TokenFile(path: place.tokenFile).write(token)
    }
}

/// Whose token it is.
struct Identity: Sendable {
    var id: EntityID
    var name: String

    init(of server: ServerConnection, _ progress: SyncProgressHandler?) async throws {
        let me = try await server.object("/v1/me", progress)
        guard let id = me["id"]?.stringValue.flatMap({ EntityID($0) }), let name = me["name"]?.stringValue else {
            throw ServerConnection.unreadable
        }
        self.id = id
        self.name = name
    }
}

/// The project that a name or an id means.
struct RemoteProject: Sendable {
    var id: EntityID
    var name: String

    init(_ reference: String, on server: ServerConnection, _ progress: SyncProgressHandler?) async throws {
        let project = try await server.object("/v1/projects/\(ServerAddress.escape(reference))", progress)
        guard let id = project["id"]?.stringValue.flatMap({ EntityID($0) }), let name = project["name"]?.stringValue
        else { throw ServerConnection.unreadable }
        self.id = id
        self.name = name
    }
}

extension ServerConnection {
    static var unreadable: ClientError {
        ClientError(.environment, "unreadable_answer", "what answers at this address is no Manicule server")
    }

    /// The object that a GET answers, with errors in the words of a person at a command line.
    func object(_ path: String, _ progress: SyncProgressHandler?) async throws -> JSONObject {
        let bytes: [UInt8]
        do {
            bytes = try await send(.get, path, progress: progress)
        } catch let reply as ProblemReply {
            guard reply.isOurs else { throw Self.unreadable }
            throw ClientError(
                reply.problem.status >= 500 ? .environment : .refused, reply.problem.code, reply.problem.detail)
        }
        guard let object = (try? JSONValue(parsing: bytes, options: .lenient))?.objectValue else {
            throw Self.unreadable
        }
        return object
    }
}
