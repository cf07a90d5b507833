import AnnotationModel
import Logging
import Postgres

/// Keeps the full-text indexes of all projects behind their logs, in the background of a server.
///
/// Any number of servers may run one: they share the work. It takes half of one core at most.
package struct SearchIndexer: Sendable {
    /// How long it rests between two looks at the logs.
    private static let interval = Duration.seconds(3)
    /// How long it stays with one project before the next ones have their turn.
    private static let turn = Duration.seconds(10)
    private static let projectsPerRound = 1000

    private let database: Database
    private let index: SearchIndex
    private let wait: @Sendable (Duration) async throws -> Void

    package init(
        _ database: Database,
        wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.database = database
        index = SearchIndex(database)
        self.wait = wait
    }

    /// Works until its task is cancelled; what fails is logged and tried again.
    package func run() async {
        while !Task.isCancelled {
            do {
                // A project that could not be finished in its turn goes on at once.
                if try await round() == 0 { try await wait(Self.interval) }
            } catch is CancellationError {
                return
            } catch {
                if Task.isCancelled { return }
                database.logger.warning(
                    "the search index waits for the next try", metadata: ["error": .string(String(describing: error))])
                do { try await wait(Self.interval) } catch { return }
            }
        }
    }

    /// Gives a turn to each project whose index is behind: one query when there is none.
    /// - Returns: how many were still behind after their turn.
    package func round() async throws -> Int {
        var behind = 0
        var failure: PostgresError?
        for project in try await projectsBehind() {
            do {
                let state = try await index.catchUp(project: project, budget: Self.turn, pause: wait)
                if !state.isComplete { behind += 1 }
            } catch let error as PostgresError where error.code == .server {
                // One project that cannot be indexed does not keep the others from it.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return behind
    }

    private func projectsBehind() async throws -> [EntityID] {
        try await database.client.query(
            """
            SELECT l.project_id
            FROM project_log l
            JOIN projects p ON p.id = l.project_id
            LEFT JOIN search_progress s ON s.project_id = l.project_id
            WHERE NOT pg_is_in_recovery() AND (s.project_id IS NULL OR s.seq <> l.head OR s.epoch <> l.epoch
                OR s.pass_after IS NOT NULL OR s.language IS DISTINCT FROM p.language)
            LIMIT \(Self.projectsPerRound)
            """
        ).decode(EntityID.self)
    }
}
