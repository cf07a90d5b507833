import FoundationEssentials
import Postgres

/// What all sides work on: pgbench's own tables, and annotations.
enum Fixture {
    static let accounts = 100_000
    static let annotations = 100_000

    static func create(_ tools: Tools) async throws {
        _ = try Tools.run(tools.pgbench, ["-i", "-q", "-s", "1"])
        try await withClient(connections: 1) { client in
            try await client.withConnection { connection in
                try await connection.execute(
                    unsafeSQL: """
                        DROP TABLE IF EXISTS bench_inserts, bench_annotations, bench_copies;
                        CREATE TABLE bench_inserts (number bigint NOT NULL, name text NOT NULL);
                        CREATE TABLE bench_annotations (
                            id uuid NOT NULL, article_id uuid NOT NULL, start int NOT NULL, "end" int NOT NULL,
                            label text NOT NULL, quote text NOT NULL, attributes jsonb NOT NULL,
                            version bigint NOT NULL, created_at timestamptz NOT NULL);
                        CREATE TABLE bench_copies (LIKE bench_annotations);
                        """)
                try await connection.copy(Annotation.made(annotations), into: "bench_annotations")
                try await connection.query("ANALYZE bench_annotations")
                // Writes what the first readers would otherwise write: the hints of the rows.
                try await connection.query("SELECT count(*) FROM bench_annotations")
            }
        }
    }
}

/// An annotation as a program wants to have it.
struct Annotation: Sendable {
    var id: UUID
    var articleID: UUID
    var start: Int32
    var end: Int32
    var label: String
    var quote: String
    var attributes: PostgresJSONB
    var version: Int64
    var createdAt: PostgresTimestamp

    static let columns = "id, article_id, start, \"end\", label, quote, attributes, version, created_at"

    static func made(_ count: Int) -> [Annotation] {
        let article = UUID()
        let quotes = [
            "Vladimir Poutine", "l’accord de paix", "Nguyễn 😊", "Haut-Karabagh", "the president of the council",
        ]
        return (0..<count).map { (number: Int) -> Annotation in
            let start = Int32(number % 5000)
            return Annotation(
                id: UUID(), articleID: article, start: start, end: start + 16,
                label: "LABEL\(number % 20)", quote: quotes[number % 5],
                attributes: PostgresJSONB(#"{"stance": "pro", "certainty": 3}"#), version: Int64(number),
                createdAt: PostgresTimestamp(microseconds: 1_794_074_591_123_456))
        }
    }
}

extension Annotation {
    init(_ row: PostgresRow) throws(PostgresError) {
        (id, articleID, start, end) = (try row[0], try row[1], try row[2], try row[3])
        (label, quote, attributes) = (try row[4], try row[5], try row[6])
        (version, createdAt) = (try row[7], try row[8])
    }

    func write(to writer: inout PostgresWriter) {
        writer.writeWithLength(id)
        writer.writeWithLength(articleID)
        writer.writeWithLength(start)
        writer.writeWithLength(end)
        writer.writeWithLength(label)
        writer.writeWithLength(quote)
        writer.writeWithLength(attributes)
        writer.writeWithLength(version)
        writer.writeWithLength(createdAt)
    }
}

extension PostgresConnection {
    /// Copies them in binary.
    func copy(_ annotations: [Annotation], into table: String) async throws {
        let copied = try await copyIn(unsafeSQL: "COPY \(table) FROM STDIN (FORMAT binary)") { writer in
            for annotation in annotations { try await writer.row(9) { annotation.write(to: &$0) } }
        }
        precondition(copied == annotations.count)
    }
}
