import AnnotationModel
import AnnotationServices
import AnnotationStore
import HTTPTypes
import Hummingbird
import JSONText
import Logging
import NIOCore
import ServiceLifecycle
import SyncProtocol

/// The sync endpoints: what offline clients speak.
struct SyncController {
    let services: Services

    private var sync: SyncService { services.sync }

    var routes: [Route] {
        [
            Route(
                method: .put, path: "/v1/sync/clients/{client_id}", name: "registerClient", tag: "Sync",
                summary: "Registers an installation of a client under the id that it made.", need: .account(.read),
                body: .init(schema: "ClientRegistration", members: ["device", "schema_version", "forked_from"]),
                replies: [.object("RegisteredClient")], handler: register),
            Route(
                method: .post, path: "/v1/projects/{p}/sync", name: "exchange", tag: "Sync",
                summary: "Pushes numbered mutations, and pulls what the client has not seen.", need: .project(.read),
                body: .init(schema: "ExchangeRequest", limit: Limits.pushBytes),
                replies: [.object("ExchangeReply")], handler: exchange),
            Route(
                method: .get, path: "/v1/projects/{p}/sync/changes", name: "listChanges", tag: "Sync",
                summary: "A page of the log; with `wait` it is answered when there is something new.",
                need: .project(.read),
                query: [
                    .id("epoch", "The history that the cursor belongs to.", isRequired: true),
                    .number("since", 0...(1 << 53), default: 0, "The last seq that was seen."),
                    .text("at", "The tag at `since`: 16 hexadecimal digits."),
                    .number("limit", 1...Limits.visibleChangesPerPage, "How many visible changes at most."),
                    .number("wait", 0...30, default: 0, "How many seconds to wait for something new."),
                ],
                replies: [.object("ChangesReply")], handler: changes),
            Route(
                method: .get, path: "/v1/projects/{p}/sync/snapshot", name: "takeSnapshot", tag: "Sync",
                summary: "Everything that one may see, as lines of JSON; can be taken up again where it was cut.",
                need: .project(.read),
                query: [
                    .id("client_id", "The client that will begin here."),
                    .text("resume", "The last resume line of a snapshot that was cut."),
                    .text("articles", "Only these articles: ids with commas between."),
                    .word("texts", ["inline", "none"], "Whether the texts are wanted too."),
                ],
                replies: [.init(status: 200, type: "application/x-ndjson")],
                handler: snapshot),
            Route(
                method: .get, path: "/v1/projects/{p}/sync/rejections", name: "listRejections", tag: "Sync",
                summary: "What of a client's mutations was refused, kept with its content.", need: .project(.read),
                query: [
                    .id("client_id", "The client.", isRequired: true),
                    .number("after", 0...(1 << 53), "The number of the last mutation that was seen."),
                    QueryParameter.limit,
                ],
                replies: [.list("Rejection")], handler: rejections),
        ]
    }

    @Sendable private func register(_ call: Call) async throws -> Response {
        let body = try await call.object()
        let registration = ClientRegistration(
            id: try call.pathID("client_id"), device: try body.string("device"),
            schemaVersion: try body.int("schema_version"), forkedFrom: try body.optionalID("forked_from"))
        guard (1...200).contains(registration.device.unicodeScalars.count) else {
            throw Problem.malformed("device must have 1 to 200 characters")
        }
        return .json(.object(try await sync.register(try call.principal, registration).json))
    }

    @Sendable private func exchange(_ call: Call) async throws -> Response {
        let access = try call.access
        let request = call.request
        let body = try await request.bytes(upTo: Limits.pushBytes)
        return .json(bytes: try await sync.exchange(access, body: body))
    }

    @Sendable private func changes(_ call: Call) async throws -> Response {
        let access = try call.access
        let request = call.request
        guard let epoch = try request.queryID("epoch") else {
            throw Problem.malformed("the parameter epoch is missing")
        }
        let since = try request.query("since", in: 0...(1 << 53)) ?? 0
        let cursor = Cursor(epoch: epoch, since: Int64(since), at: try request.queryTag("at"))
        let limit = try request.query("limit", in: 1...Limits.visibleChangesPerPage)
        let wait = Duration.seconds(try request.query("wait", in: 0...30) ?? 0)
        // Nobody is kept waiting by a server that stops.
        let reply = try await cancelWhenGracefulShutdown {
            try await sync.changes(access, cursor: cursor, limit: limit, wait: wait)
        }
        guard request.headers[.accept]?.contains("application/x-ndjson") == true else {
            return .json(bytes: reply.encode())
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: reply.encodeLines())))
    }

    @Sendable private func snapshot(_ call: Call) async throws -> Response {
        let access = try call.access
        let request = call.request
        var stream = try await sync.snapshot(
            access, client: try request.queryID("client_id"),
            resume: request.query("resume"), articles: try request.queryIDs("articles"),
            withTexts: try request.query("texts", among: ["inline", "none"]) != "none")
        // The first page before the status, so that an early error is a problem and not a cut body.
        let first = try await stream.next()
        let logger = call.context.logger
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

    @Sendable private func rejections(_ call: Call) async throws -> Response {
        let access = try call.access
        let request = call.request
        guard let client = try request.queryID("client_id") else {
            throw Problem.malformed("the parameter client_id is missing")
        }
        let journal = try await sync.rejections(
            access, client: client,
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
