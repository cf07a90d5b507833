package import Postgres

/// A `text` that is handled as its UTF-8 bytes: a row of the log, a stored result.
package struct TextBytes: Sendable, Hashable, PostgresCodable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package static var postgresType: PostgresType { .text }
    package static var postgresArrayType: PostgresType { .textArray }
    package func encode(into writer: inout PostgresWriter) {
        if bytes.contains(0) { writer.refuse("text with a zero byte, which PostgreSQL cannot store") }
        writer.write(contentsOf: bytes)
    }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> TextBytes {
        guard type == .text else { throw .decoding(TextBytes.self, from: type) }
        return TextBytes(bytes.withUnsafeBytes { Array($0) })
    }
}
