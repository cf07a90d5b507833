package import AnnotationModel
import Postgres

/// What a search in a project can rely on.
package struct SearchState: Sendable, Hashable {
    /// False while the index lacks articles, or texts of them, that the project had when it was asked.
    package var isComplete: Bool
    /// The languages in which the project's articles are indexed: `french`, `simple`.
    package var languages: [String]

    package init(isComplete: Bool, languages: [String]) {
        self.isComplete = isComplete
        self.languages = languages
    }
}

/// The full-text index of articles: a consumer of the change log, which no push and no import waits for.
///
/// Whoever searches brings it up to date first, and the server's indexer does so in between. Each step is a short
/// transaction on a locked row of progress: two at once share the work, and one that is killed leaves nothing behind.
package struct SearchIndex: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    /// Follows a project's log up to the head that it has now, for as long as the budget allows.
    ///
    /// On a standby nothing can be written: the answer then says how far the primary's index has come.
    /// - Parameter pause: called between two steps with the time that the last one took.
    /// - Throws: `StoreError.notFound` where there is no such project.
    package func catchUp(
        project: EntityID, budget: Duration, pause: ((Duration) async throws -> Void)? = nil
    ) async throws -> SearchState {
        let start = ContinuousClock.now
        var standing = try await standing(project)
        let goal = standing.head
        while !standing.isCurrent(upTo: goal) {
            try Task.checkCancellation()
            let began = ContinuousClock.now
            let left = budget - (began - start)
            guard left > .zero, !standing.isReadOnly else { break }
            do {
                standing = try await step(project, lockTimeout: min(left, .seconds(10)))
            } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
                standing = try await self.standing(project)
                break
            }
            if let pause, !standing.isCurrent(upTo: goal) { try await pause(ContinuousClock.now - began) }
        }
        return SearchState(isComplete: standing.isCurrent(upTo: goal), languages: standing.languages)
    }

    private func standing(_ project: EntityID) async throws -> SearchStanding {
        let rows = try await database.client.query(SearchStanding.query(project))
        guard let row = rows.first else { throw StoreError.noProject(project) }
        return try SearchStanding(row)
    }
}

/// How far the index of a project is behind its log.
struct SearchStanding {
    var epoch: EntityID
    var head: Int64
    var horizon: Int64
    /// On a standby.
    var isReadOnly: Bool
    /// The language of the project.
    var language: String?
    var progress: Progress?

    struct Progress {
        var epoch: EntityID
        var seq: Int64
        var language: String?
        /// The article up to which all articles were compared; nil once that is done.
        var passAfter: EntityID?
        var languages: [String]
    }

    var languages: [String] { progress?.languages ?? [] }

    /// The log can no longer be followed from where the index stands, or articles change their language with the
    /// project's: all of them are to be compared.
    var needsPass: Bool {
        guard let progress else { return true }
        return progress.epoch != epoch || progress.seq < horizon || progress.seq > head
            || !ExactString.equal(progress.language ?? "", language ?? "")
    }

    func isCurrent(upTo goal: Int64) -> Bool {
        guard let progress, !needsPass, progress.passAfter == nil else { return false }
        return progress.seq >= min(goal, head)
    }

    static func query(_ project: EntityID) -> PostgresQuery {
        """
        SELECT l.epoch, l.head, l.horizon, pg_is_in_recovery(), p.language, s.epoch, s.seq, s.language, s.pass_after,
            s.languages
        FROM project_log l
        JOIN projects p ON p.id = l.project_id
        LEFT JOIN search_progress s ON s.project_id = l.project_id
        WHERE l.project_id = \(project)
        """
    }

    init(_ row: PostgresRow) throws(PostgresError) {
        epoch = try row[0]
        head = try row[1]
        horizon = try row[2]
        isReadOnly = try row[3]
        language = try row[4]
        if let known: EntityID = try row[5] {
            progress = Progress(
                epoch: known, seq: try row[6], language: try row[7], passAfter: try row[8], languages: try row[9])
        }
    }
}
