import AnnotationModel
package import AnnotationStore
import SyncProtocol

/// What clients exchange with the server: rights checked, mutations applied exactly once, pages of the log, snapshots.
package struct SyncService: Sendable {
    let database: Database
    let log: ChangeLog
    let clients: ClientStore
    let projects: ProjectService
    let logins: LoginService

    /// Registers a client for the user, or finds it again; somebody else's id is as good as missing.
    package func register(_ principal: Principal, _ registration: ClientRegistration) async throws -> RegisteredClient {
        try principal.require(.read)
        guard !principal.isCommandLine else { throw Problem.notAllowed("a client belongs to a user") }
        guard registration.schemaVersion >= Limits.schemaVersion else { throw Problem.schemaTooOld() }
        return try await clients.register(registration, user: principal.user.id)
    }

    /// The client, when it is this user's.
    func requireClient(_ id: EntityID, of user: EntityID) async throws {
        guard let owner = try await clients.owner(of: id), owner == user else { throw Problem.unknownClient(id) }
    }

    /// Whether a cursor stands in the history that the log has now.
    func check(_ cursor: Cursor, against head: LogHead, tagAtSince: Tag?) throws(Problem) {
        guard cursor.epoch == head.epoch else { throw .epochChanged(current: head.epoch) }
        guard cursor.since <= head.head, cursor.since >= 0 else {
            throw .historyChanged(epoch: head.epoch, head: head.head)
        }
        guard cursor.since >= head.horizon else { throw .cursorExpired(horizon: head.horizon) }
        guard cursor.since == 0 || cursor.at == tagAtSince else {
            throw .historyChanged(epoch: head.epoch, head: head.head)
        }
    }
}
