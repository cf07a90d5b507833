package import AnnotationModel
package import Digest
package import Postgres
package import SyncProtocol

extension EntityID: PostgresCodable {
    package static var postgresType: PostgresType { .uuid }
    package static var postgresArrayType: PostgresType { .uuidArray }
    package func encode(into writer: inout PostgresWriter) {
        writer.write(high)
        writer.write(low)
    }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> EntityID {
        guard type == .uuid, bytes.byteCount == 16 else { throw .decoding(EntityID.self, from: type) }
        return EntityID(high: bytes.bigEndian(as: UInt64.self), low: bytes.bigEndian(at: 8, as: UInt64.self))
    }
}

extension Timestamp: PostgresCodable {
    package static var postgresType: PostgresType { .timestamptz }
    package static var postgresArrayType: PostgresType { .timestamptzArray }
    package func encode(into writer: inout PostgresWriter) {
        PostgresTimestamp(microseconds: microseconds).encode(into: &writer)
    }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Timestamp {
        Timestamp(microseconds: try PostgresTimestamp.decode(bytes, type: type).microseconds)
    }
}

extension SHA256Digest: PostgresCodable {
    package static var postgresType: PostgresType { .bytea }
    package static var postgresArrayType: PostgresType { .byteaArray }
    package func encode(into writer: inout PostgresWriter) { writer.write(contentsOf: bytes) }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> SHA256Digest {
        guard type == .bytea else { throw .decoding(SHA256Digest.self, from: type) }
        guard let digest = bytes.withUnsafeBytes({ SHA256Digest(raw: $0) }) else {
            throw .decoding(SHA256Digest.self, from: type, "it has \(bytes.byteCount) bytes instead of 32")
        }
        return digest
    }
}

/// The 64 bits of a tag as a `bigint`, sign and all.
extension Tag: PostgresCodable {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }
    package func encode(into writer: inout PostgresWriter) { writer.write(bits) }
    package static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresError) -> Tag {
        Tag(bits: UInt64(bitPattern: try Int64.decode(bytes, type: type)))
    }
}
