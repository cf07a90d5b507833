import AnnotationModel
import Digest
import Foundation
import JSONText
import Logging
import Postgres
import PrivatePostgres

/// What the database says, asked in SQL and not through any code of the server.
struct Truth {
    let client: PostgresClient

    /// Connects to the private cluster of a running server.
    static func connect(_ dataDirectory: String) async throws -> Truth {
        let logger = Logger(label: "truth")
        let cluster = PrivateCluster(dataDirectory: dataDirectory, logger: logger)
        let connections = try await cluster.withCluster { $0 }
        return Truth(
            client: PostgresClient(
                configuration: .init(connectionString: connections.superuser, poolSize: 1), logger: logger))
    }

    /// All live annotations of a project as comparable lines, by the user who may see all of them.
    func annotations(_ project: String) async throws -> Set<String> {
        let rows = try await client.query(
            """
            SELECT a.id::text, a.article_id::text, u.name, a.layer, a.label, a.attributes::text, a.state,
                   encode(a.article_version, 'hex'),
                   coalesce((SELECT string_agg(s.start_offset || ':' || s.end_offset || ':'
                                    || coalesce(s.quote, encode(s.quote_sha256, 'hex')), '|' ORDER BY s.ordinal)
                             FROM spans s WHERE s.project_id = a.project_id AND s.annotation_id = a.id), ''),
                   coalesce((SELECT string_agg(c.text, '|' ORDER BY c.id)
                             FROM comments c WHERE c.project_id = a.project_id AND c.annotation_id = a.id
                                   AND c.deleted_at IS NULL), '')
            FROM annotations a
            JOIN projects p ON p.id = a.project_id
            JOIN articles t ON t.project_id = a.project_id AND t.id = a.article_id
            JOIN users u ON u.id = a.author_id
            WHERE p.name = \(project) AND a.deleted_at IS NULL AND t.deleted_at IS NULL
            """)
        return Set(
            try rows.map { row in
                var fields = try (0..<10).map { try row.decode(String.self, at: $0) }
                fields[5] = try JSONValue(parsing: Array(fields[5].utf8), options: .strict).canonicalText
                return fields.joined(separator: " · ")
            })
    }

    func count(_ query: PostgresQuery) async throws -> Int {
        let rows = try await client.query(query)
        return Int(try rows[rows.startIndex].decode(Int64.self, at: 0))
    }
}

/// The same lines from what a replica prints.
func annotationLines(_ list: JSONValue) throws -> Set<String> {
    Set(
        try (list.arrayValue ?? []).map { annotation in
            func text(_ key: String) throws -> String {
                guard let text = annotation[key]?.stringValue else {
                    throw Team.Failed(description: "an annotation without \(key): \(annotation.canonicalText)")
                }
                return text
            }
            let spans = (annotation["anchor"]?["spans"]?.arrayValue ?? []).map { span in
                let place = "\(span["start"]?.intValue ?? -1):\(span["end"]?.intValue ?? -1)"
                return place + ":" + (span["quote"]?.stringValue ?? span["quote_sha256"]?.stringValue ?? "")
            }
            let comments = (annotation["comments"]?.arrayValue ?? [])
                .sorted { ($0["id"]?.stringValue ?? "") < ($1["id"]?.stringValue ?? "") }
                .compactMap { $0["text"]?.stringValue }
            return [
                try text("id"), try text("article_id"), try text("author"), try text("layer"), try text("label"),
                (annotation["attributes"] ?? .object(JSONObject())).canonicalText, try text("state"),
                annotation["anchor"]?["article_version"]?.stringValue ?? "", spans.joined(separator: "|"),
                comments.joined(separator: "|"),
            ].joined(separator: " · ")
        })
}
