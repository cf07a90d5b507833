import AnnotationModel
package import AnnotationStore

/// What a project's page shows: numbers within what the viewer sees.
package struct StatisticsService: Sendable {
    private let store: StatisticsStore

    init(database: Database) { store = StatisticsStore(database) }

    /// The number of deleted articles is for managers.
    package func statistics(_ access: ProjectAccess) async throws -> Statistics {
        try access.require(.read)
        var statistics = try await store.read(project: access.project.id, sight: access.sight)
        if !access.isManager { statistics.articles.deleted = nil }
        return statistics
    }
}
