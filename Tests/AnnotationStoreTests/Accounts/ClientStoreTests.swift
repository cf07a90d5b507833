import AnnotationModel
import AnnotationStore
import AnnotationStoreTestSupport
import Postgres
import Testing

@Suite("Clients")
struct ClientStoreTests {
    @Test("a client is registered again with what it says then, and is its user's for ever")
    func register() async throws {
        try await StoreDatabase.with { database, _ in
            let users = UserStore(database)
            let bob = try await users.add(name: "bob", passwordHash: nil, isAdmin: false).id
            let carol = try await users.add(name: "carol", passwordHash: nil, isAdmin: false).id
            let clients = ClientStore(database)
            let id = database.ids.id()
            #expect(try await clients.owner(of: id) == nil)
            let first = try await clients.register(
                ClientRegistration(id: id, device: "laptop", schemaVersion: 1), user: bob)
            #expect(first.isNew && first.lastMutations.isEmpty)
            let second = try await clients.register(
                ClientRegistration(id: id, device: "laptop 2", schemaVersion: 2), user: bob)
            #expect(!second.isNew && second.device == "laptop 2" && second.schemaVersion == 2)
            await #expect(throws: StoreError.self) {
                _ = try await clients.register(
                    ClientRegistration(id: id, device: "mine now", schemaVersion: 1), user: carol)
            }
            #expect(try await clients.owner(of: id) == bob)
            let devices = try await database.client.query("SELECT device FROM clients").decode(String.self)
            #expect(devices == ["laptop 2"])
        }
    }

    @Test("a client's last mutation is told per project")
    func progress() async throws {
        try await StoreDatabase.with { database, _ in
            let bob = try await UserStore(database).add(name: "bob", passwordHash: nil, isAdmin: false).id
            let clients = ClientStore(database)
            let registration = ClientRegistration(id: database.ids.id(), device: "laptop", schemaVersion: 1)
            _ = try await clients.register(registration, user: bob)
            let project = database.ids.id()
            try await database.client.withConnection { connection in
                _ = try await connection.pipeline([
                    """
                    INSERT INTO projects (id, name, layers, visibility, access, created_at)
                    VALUES (\(project), 'tour', 'own', 'own', 'all', \(database.now()))
                    """,
                    """
                    INSERT INTO client_progress (project_id, client_id, last_mutation, seen_at)
                    VALUES (\(project), \(registration.id), 41, \(database.now()))
                    """,
                ])
            }
            #expect(try await clients.lastMutation(of: registration.id, project: project) == 41)
            #expect(try await clients.lastMutation(of: registration.id, project: database.ids.id()) == 0)
            #expect(try await clients.register(registration, user: bob).lastMutations == [project: 41])
        }
    }
}
