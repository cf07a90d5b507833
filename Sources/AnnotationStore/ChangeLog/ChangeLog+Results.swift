package import AnnotationModel
package import Postgres

extension ChangeLog {
    /// The stored results of a client's mutations, ascending.
    package func storedResults(
        _ tx: PostgresTransaction, project: EntityID, client: EntityID, numbers: ClosedRange<Int64>
    ) async throws -> [StoredResult] {
        try Self.results(try await tx.query(Self.resultsQuery(project, client, numbers)))
    }

    /// The same outside of a transaction: after a commit of which nobody knows how it ended.
    package func storedResults(
        project: EntityID, client: EntityID, numbers: ClosedRange<Int64>
    ) async throws -> [StoredResult] {
        try Self.results(try await database.client.query(Self.resultsQuery(project, client, numbers)))
    }

    /// The journal: results of mutations of which something was rejected, with their bytes, ascending.
    package func rejections(
        project: EntityID, client: EntityID, after n: Int64?, limit: Int
    ) async throws -> [StoredResult] {
        try Self.results(
            try await database.client.query(
                """
                SELECT n, sha256, base_seq, result, payload, created_at FROM mutation_results
                WHERE project_id = \(project) AND client_id = \(client) AND n > \(n ?? 0) AND payload IS NOT NULL
                ORDER BY n LIMIT \(limit)
                """))
    }

    private static func resultsQuery(
        _ project: EntityID, _ client: EntityID, _ numbers: ClosedRange<Int64>
    ) -> PostgresQuery {
        """
        SELECT n, sha256, base_seq, result, payload, created_at FROM mutation_results
        WHERE project_id = \(project) AND client_id = \(client)
            AND n BETWEEN \(numbers.lowerBound) AND \(numbers.upperBound)
        ORDER BY n
        """
    }

    private static func results(_ rows: PostgresRows) throws -> [StoredResult] {
        try rows.map { row in
            var reader = ColumnReader(row)
            return StoredResult(
                n: try reader.next(), sha256: try reader.next(), base: try reader.next(),
                result: try reader.next(TextBytes?.self)?.bytes, payload: try reader.next(),
                createdAt: try reader.next())
        }
    }
}
