import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import Logging
import NIOCore
import SyncProtocol

/// The sync endpoints: what offline clients speak.
struct SyncController {
    let sync: SyncService

    func addRoutes(to group: RouterGroup<AppRequestContext>) {
        group.put("sync/clients/:client", use: register)
        group.post("projects/:p/sync", use: exchange)
        group.get("projects/:p/sync/changes", use: changes)
        group.get("projects/:p/sync/snapshot", use: snapshot)
        group.get("projects/:p/sync/rejections", use: rejections)
    }

    @Sendable func register(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.authenticated()
        let body = try await request.object()
        let registration = ClientRegistration(
            id: try context.pathID("client"), device: try body.string("device"),
            schemaVersion: try body.int("schema_version"), forkedFrom: try body.optionalID("forked_from"))
        guard (1...200).contains(registration.device.unicodeScalars.count) else {
            throw Problem.malformed("device must have 1 to 200 characters")
        }
        return .json(.object(try await sync.register(principal, registration).json))
    }

    @Sendable func exchange(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.authenticated()
        let body = try await request.bytes(upTo: Limits.pushBytes)
        return .json(bytes: try await sync.exchange(principal, project: try context.path("p"), body: body))
    }

    @Sendable func changes(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.authenticated()
        guard let epoch = try request.queryID("epoch") else {
            throw Problem.malformed("the parameter epoch is missing")
        }
        let since = try request.query("since", in: 0...(1 << 53)) ?? 0
        let cursor = Cursor(epoch: epoch, since: Int64(since), at: try request.queryTag("at"))
        let reply = try await sync.changes(
            principal, project: try context.path("p"), cursor: cursor,
            limit: try request.query("limit", in: 1...Limits.visibleChangesPerPage),
            wait: .seconds(try request.query("wait", in: 0...30) ?? 0))
        guard request.headers[.accept]?.contains("application/x-ndjson") == true else {
            return .json(bytes: reply.encode())
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: reply.encodeLines())))
    }

    @Sendable func snapshot(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.authenticated()
        var stream = try await sync.snapshot(
            principal, project: try context.path("p"), client: try request.queryID("client_id"),
            resume: request.query("resume"), articles: try request.queryIDs("articles"),
            withTexts: try request.query("texts", among: ["inline", "none"]) != "none")
        // The first page before the status, so that an early error is a problem and not a cut body.
        let first = try await stream.next()
        let logger = context.logger
        let rest = stream
        let body = ResponseBody { writer in
            var stream = rest
            var lines = first
            do {
                while let block = lines {
                    try await writer.write(ByteBuffer(bytes: block))
                    lines = try await stream.next()
                }
            } catch {
                // Without its last line the client knows that it was cut, and goes on from the last resume line.
                logger.warning("a snapshot was cut", metadata: ["error": .string(String(describing: error))])
                throw error
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"], body: body)
    }

    @Sendable func rejections(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.authenticated()
        guard let client = try request.queryID("client_id") else {
            throw Problem.malformed("the parameter client_id is missing")
        }
        let journal = try await sync.rejections(
            principal, project: try context.path("p"), client: client,
            after: try request.query("after", in: 0...(1 << 53)).map(Int64.init),
            limit: try request.query("limit", in: 1...1000) ?? 100)
        return .json(journal)
    }
}

extension Request {
    /// A query parameter that must be a tag.
    fileprivate func queryTag(_ name: String) throws -> Tag? {
        guard let text = query(name), !text.isEmpty else { return nil }
        guard let tag = Tag(text) else {
            throw Problem.malformed("the parameter \(name) must be 16 hexadecimal digits")
        }
        return tag
    }

    /// A query parameter that must be a list of UUIDs with commas between.
    fileprivate func queryIDs(_ name: String) throws -> [EntityID]? {
        guard let text = query(name) else { return nil }
        let ids = text.split(separator: ",").map { EntityID($0) }
        guard ids.count <= Limits.viewsPerPage, !ids.contains(where: { $0 == nil }) else {
            throw Problem.malformed("the parameter \(name) must list at most \(Limits.viewsPerPage) UUIDs")
        }
        return ids.compactMap(\.self)
    }
}
