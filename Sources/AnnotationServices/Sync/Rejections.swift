package import AnnotationModel
import AnnotationStore
package import JSONText
import SyncEngine
import SyncProtocol

extension SyncService {
    /// The durable journal of a client's rejected mutations, oldest first: `{"items": […], "next"}`.
    package func rejections(
        _ access: ProjectAccess, client: EntityID, after: Int64?, limit: Int
    ) async throws -> JSONValue {
        try access.require(.read)
        try await requireClient(client, of: access.principal.user.id)
        let stored = try await log.rejections(
            project: access.project.id, client: client, after: after ?? 0, limit: limit + 1)
        var items: [JSONValue] = []
        for entry in stored.prefix(limit) { items += try Self.items(entry) }
        let next = stored.count > limit ? stored[limit - 1].n : nil
        return ["items": .array(items), "next": next.map { .string(String($0)) } ?? .null]
    }

    /// One item for each rejected operation, or one with a null `op` for a mutation refused whole.
    private static func items(_ entry: StoredResult) throws -> [JSONValue] {
        guard let bytes = entry.result, let payload = entry.payload else { return [] }
        let result = try MutationResult(stored: bytes)
        let mutation = content(payload)
        func item(_ operation: Int?, _ code: OperationCode?, _ message: String?) -> JSONValue {
            [
                "n": .number(Double(result.n)), "op": operation.map { .number(Double($0)) } ?? .null,
                "code": .string((code ?? .malformed).rawValue), "message": message.map { .string($0) } ?? .null,
                "mutation": mutation, "at": .string(entry.createdAt.text),
            ]
        }
        guard !result.operations.isEmpty else { return [item(nil, result.code, result.message)] }
        return result.operations.enumerated().compactMap { index, operation in
            operation.status == .rejected ? item(index, operation.code, operation.message) : nil
        }
    }

    /// The mutation as JSON, or its text where it cannot be parsed.
    private static func content(_ payload: [UInt8]) -> JSONValue {
        (try? JSONValue(parsing: payload)) ?? .string(String(decoding: payload, as: UTF8.self))
    }
}
