package import AnnotationModel
package import Digest
import Postgres

/// Reads the texts of article versions.
package struct TextStore: Sendable {
    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// The texts of versions of live articles that the viewer sees; those that are not there are left out.
    package func texts(
        project: EntityID, sight: Sight, versions: Set<SHA256Digest>
    ) async throws -> [SHA256Digest: String] {
        guard !versions.isEmpty else { return [:] }
        var statement = Statement()
        statement.append(
            """
            SELECT DISTINCT ON (v.sha256) v.sha256, v.text FROM article_versions v
            JOIN articles a ON a.project_id = v.project_id AND a.id = v.article_id AND a.deleted_at IS NULL
            WHERE v.project_id = \(statement.bind(project)) AND v.sha256 = ANY (\(statement.bind(Array(versions))))
            """)
        sight.article("a.id", &statement)
        let rows = try await database.client.query(statement.query).decode((SHA256Digest, String).self)
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }
}
