package import AnnotationModel
package import Postgres

extension ChangeLog {
    /// Step 1 of a push, one round trip: the head first, then the project, the user's rights, the labels, and the
    /// client's progress row, made when missing and locked.
    ///
    /// Throws `StoreError.notFound` where there is no such project.
    package func open(
        _ tx: PostgresTransaction, project: EntityID, user: EntityID, client: EntityID?
    ) async throws -> OpenedLog {
        try await open(tx, project: project, pushers: [Pusher(user: user, client: client)])
    }

    /// The same for a group commit: each pusher is another client, and their progress rows are locked in one order.
    package func open(
        _ tx: PostgresTransaction, project: EntityID, pushers: [Pusher]
    ) async throws -> OpenedLog {
        let cached = labels[project]
        let clients = pushers.filter { $0.client != nil }
        var queries: [PostgresQuery] = [
            Self.genericPlans,
            Self.headQuery(project),
            Self.rightsQuery(project, pushers.map(\.user)),
            Self.labelsQuery(project, unless: cached),
        ]
        if !clients.isEmpty {
            queries.append(makeProgressQuery(project, clients))
            queries.append(Self.lockProgressQuery(project, clients))
        }
        let results = try await tx.pipeline(queries).dropFirst().map(\.self)

        guard let row = results[0].first else { throw StoreError.noProject(project) }
        var reader = ColumnReader(row)
        let head = try LogHead(&reader)
        let settings = try Project(&reader)
        var progress: [EntityID: Int64] = [:]
        if !clients.isEmpty {
            for row in results[4] {
                let (client, last) = try row.decode((EntityID, Int64).self)
                progress[client] = last
            }
        }
        var opened: [OpenedPusher] = []
        for (pusher, row) in zip(pushers, results[1]) {
            var reader = ColumnReader(row)
            opened.append(
                OpenedPusher(
                    pusher: pusher, rights: try ProjectRights(&reader),
                    lastMutation: pusher.client.flatMap { progress[$0] }))
        }
        return OpenedLog(
            head: head, project: settings, labels: try labelSet(results[2], head: head, cached: cached),
            pushers: opened)
    }

    // The labels were read after the head: should they be newer, the guard has moved, and what is planned on them
    // cannot commit; nor is a cache entry under the older guard ever taken for current.
    private func labelSet(
        _ rows: PostgresRows, head: LogHead, cached: LabelCache.Entry?
    ) throws -> [String: Label] {
        if rows.isEmpty, let cached, cached.epoch == head.epoch, cached.guardSeq == head.guardSeq {
            return cached.labels
        }
        var set: [String: Label] = [:]
        for row in rows {
            let label = try LabelRow.decode(row)
            set[label.key] = label
        }
        labels.store(.init(epoch: head.epoch, guardSeq: head.guardSeq, labels: set), of: head.project)
        return set
    }

    // The statements of a push take arrays and find each row by its key. A plan for the arrays of the moment is no better,
    // and PostgreSQL, which takes longer arrays for granted without looking, would make one each time: that costs more
    // than all the rest of a small push.
    private static let genericPlans: PostgresQuery = "SET LOCAL plan_cache_mode = force_generic_plan"

    private static let headSQL = """
        SELECT \(LogHead.columns), \(Project.columns)
        FROM project_log l JOIN projects p ON p.id = l.project_id
        WHERE l.project_id = $1
        """

    private static func headQuery(_ project: EntityID) -> PostgresQuery {
        PostgresQuery(unsafeSQL: headSQL, bindings: bindings(project))
    }

    private static let rightsSQL = """
        SELECT \(ProjectRights.columns)
        FROM unnest($2::uuid[]) WITH ORDINALITY AS w(user_id, place)
        CROSS JOIN projects p
        LEFT JOIN users u ON u.id = w.user_id
        LEFT JOIN members m ON m.project_id = p.id AND m.user_id = w.user_id
        WHERE p.id = $1
        ORDER BY w.place
        """

    private static func rightsQuery(_ project: EntityID, _ users: [EntityID]) -> PostgresQuery {
        PostgresQuery(unsafeSQL: rightsSQL, bindings: bindings(project, users))
    }

    /// Nothing where the cached set is current.
    private static func labelsQuery(_ project: EntityID, unless cached: LabelCache.Entry?) -> PostgresQuery {
        """
        SELECT key, name, kind, color, shortcut, attributes, from_labels, to_labels, zero_width, retired, version
        FROM labels
        WHERE project_id = \(project) AND NOT EXISTS (
            SELECT FROM project_log l
            WHERE l.project_id = \(project) AND l.epoch = \(cached?.epoch) AND l.guard_seq = \(cached?.guardSeq))
        """
    }

    /// Writes nothing where the row is there, and makes none for a client of somebody else.
    private func makeProgressQuery(_ project: EntityID, _ pushers: [Pusher]) -> PostgresQuery {
        """
        INSERT INTO client_progress (project_id, client_id, seen_at)
        SELECT \(project), c.id, \(database.now())
        FROM unnest(\(pushers.compactMap(\.client)), \(pushers.map(\.user))) AS w(client_id, user_id)
        JOIN clients c ON c.id = w.client_id AND c.user_id = w.user_id
        ORDER BY c.id
        ON CONFLICT (project_id, client_id) DO NOTHING
        """
    }

    private static func lockProgressQuery(_ project: EntityID, _ pushers: [Pusher]) -> PostgresQuery {
        """
        SELECT g.client_id, g.last_mutation
        FROM client_progress g
        WHERE g.project_id = \(project) AND g.client_id = ANY (ARRAY(
            SELECT c.id
            FROM unnest(\(pushers.compactMap(\.client)), \(pushers.map(\.user))) AS w(client_id, user_id)
            JOIN clients c ON c.id = w.client_id AND c.user_id = w.user_id))
        ORDER BY g.client_id
        FOR UPDATE OF g
        """
    }

    /// The values of a query's parameters, in order.
    static func bindings<each Value: PostgresEncodable>(_ values: repeat each Value) -> PostgresBindings {
        var bindings = PostgresBindings()
        for value in repeat each values { bindings.append(value) }
        return bindings
    }
}
