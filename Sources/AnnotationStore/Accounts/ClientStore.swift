package import AnnotationModel
import Postgres

/// What a client says of itself.
package struct ClientRegistration: Sendable, Hashable {
    package var id: EntityID
    package var device: String
    package var schemaVersion: Int
    /// The client whose unresolved work it has taken over.
    package var forkedFrom: EntityID?

    package init(id: EntityID, device: String, schemaVersion: Int, forkedFrom: EntityID? = nil) {
        self.id = id
        self.device = device
        self.schemaVersion = schemaVersion
        self.forkedFrom = forkedFrom
    }
}

/// One installation of a client, bound to its user for ever.
package struct RegisteredClient: Sendable, Hashable {
    package var id: EntityID
    package var device: String
    package var schemaVersion: Int
    /// False when it was registered before.
    package var isNew: Bool
    /// The last mutation that each project knows of it.
    package var lastMutations: [EntityID: Int64]
}

/// The clients of all users.
package struct ClientStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// Registers a client, or takes down its device name and version again.
    /// - Throws: `StoreError.notFound` where the id is somebody else's.
    package func register(_ registration: ClientRegistration, user: EntityID) async throws -> RegisteredClient {
        let now = database.now()
        let id = registration.id
        let rows = try await database.client.query(
            """
            INSERT INTO clients AS c (id, user_id, device, schema_version, forked_from, created_at, seen_at)
            VALUES (\(id), \(user), \(registration.device), \(registration.schemaVersion)::int8::int4,
                \(registration.forkedFrom), \(now), \(now))
            ON CONFLICT (id) DO UPDATE
                SET device = excluded.device, schema_version = excluded.schema_version, seen_at = excluded.seen_at
                WHERE c.user_id = excluded.user_id
            RETURNING xmax = 0
            """)
        guard let isNew = try rows.decode(Bool.self).first else {
            throw StoreError(.notFound, "there is no client \(id.text)")
        }
        let progress = try await database.client.query(
            "SELECT project_id, last_mutation FROM client_progress WHERE client_id = \(id)")
        return RegisteredClient(
            id: id, device: registration.device, schemaVersion: registration.schemaVersion, isNew: isNew,
            lastMutations: Dictionary(
                try progress.decode((EntityID, Int64).self), uniquingKeysWith: { first, _ in first }))
    }

    /// Whose client it is; nil: never registered.
    package func owner(of client: EntityID) async throws -> EntityID? {
        try await database.client.query("SELECT user_id FROM clients WHERE id = \(client)").decode(EntityID.self).first
    }

    /// The last mutation that a project knows of a client; 0 before the first.
    package func lastMutation(of client: EntityID, project: EntityID) async throws -> Int64 {
        try await database.client.query(
            """
            SELECT last_mutation FROM client_progress
            WHERE project_id = \(project) AND client_id = \(client)
            """
        ).decode(Int64.self).first ?? 0
    }
}
