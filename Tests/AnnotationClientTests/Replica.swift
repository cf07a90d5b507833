import AnnotationModel
import Digest
import Foundation
import JSONText
import SyncEngine
import SyncProtocol
import Synchronization

@testable import AnnotationClient

/// A clone on the disk, without a server: what a server would have said is handed to the store as bytes of the wire.
final class Replica: Sendable {
    let directory: String
    let clone: Clone
    let world: World

    /// A clone with a complete snapshot of the world.
    init(world: World = World(), user: EntityID? = nil, isComplete: Bool = true) throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("manicule-replica-\(UUID().uuidString)").path
        self.world = world
        let place = CloneDirectory(directory)
        _ = try place.make()
        let store = try CloneStore(path: place.database)
        try store.write { db in
            try db.setMeta(.server, "http://localhost:1")
            try db.setMeta(.projectID, world.project.id.text)
            try db.setMeta(.projectName, world.project.name)
            try db.setMeta(.userID, (user ?? world.bob).text)
            try db.setMeta(.userName, "bob")
            try db.setMeta(.clientID, world.client.text)
            try db.setMeta(.device, "laptop")
            try db.setMeta(.registered, "1")
        }
        try TokenFile(path: place.tokenFile).write(Self.token)
        clone = Clone(place, store, ids: world.ids)
        if isComplete { try takeSnapshot(world.rows) }
    }

    static let token = "secretsecretsecret"

    deinit {
        do {
            try clone.close()
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            print("a replica was not removed: \(error)")
        }
    }

    var store: CloneStore { clone.store }

    /// Another handle on the same clone, as another process has it.
    func reopened() throws -> Clone { try Clone.open(from: directory + "/below/nothing", ids: world.ids) }

    // MARK: What the server says

    func takeSnapshot(
        _ rows: [Row], asOf: Int64 = World.asOf, epoch: EntityID? = nil, lastMutation: Int64 = 0
    ) throws {
        let header = SnapshotHeader(
            protocolVersion: 1, epoch: epoch ?? world.epoch, asOf: asOf, at: Tag(bits: UInt64(asOf)),
            lastMutation: lastMutation)
        try store.write { db in
            try db.beginSnapshot(header)
            try db.stageSnapshot(rows.map(world.wire), resume: "here")
            try db.finishSnapshot()
        }
        try take(page(from: asOf, to: asOf), epoch: epoch)
    }

    /// A page in which every entry stands for one change and nothing is hidden.
    func page(
        from: Int64, to: Int64? = nil, head: Int64? = nil, _ rows: [Row] = [], deleted: [(EntityKind, EntityID)] = [],
        views: Views? = nil
    ) -> ChangePage {
        var seq = from
        var entries: [ChangeEntry] = []
        for row in rows {
            seq += 1
            var row = row
            row.version = seq
            entries.append(
                ChangeEntry(
                    seq: seq, n: 1, tag: Tag(bits: 5), kind: .put, entity: row.kind, id: row.wireID,
                    row: JSONValue.object(row.json).canonicalBytes(), by: world.carol, origin: nil))
        }
        for (kind, id) in deleted {
            seq += 1
            entries.append(
                ChangeEntry(
                    seq: seq, n: 1, tag: Tag(bits: 5), kind: .del, entity: kind, id: id.text, row: nil, by: nil,
                    origin: nil))
        }
        let end = to ?? seq
        return ChangePage(
            from: from, to: end, at: Tag(bits: UInt64(end)), head: head ?? end, complete: (head ?? end) == end,
            count: entries.count, hidden: Int(end - from) - entries.count, entries: entries, views: views)
    }

    /// Hands a reply to the store as it comes off the wire.
    @discardableResult
    func take(_ page: ChangePage, results: [MutationResult] = [], epoch: EntityID? = nil) throws -> TakenReply {
        let last = try store.read { try $0.metaNumber(.serverLast) ?? 0 }
        let reply = ExchangeReply(
            epoch: epoch ?? world.epoch, lastMutation: results.map(\.n).max() ?? last, results: results, changes: page)
        return try store.take(
            try ExchangeReply(reading: reply.encode()), after: try cursor(), at: world.ids.now())
    }

    func cursor() throws -> Int64 { try store.read { try $0.cursor?.since ?? 0 } }

    func queue() throws -> [QueuedMutation] { try store.read { try $0.queue(limit: 1000) } }

    /// The answer that everything of a mutation was applied as one change.
    func applied(_ n: Int64, version: Int64) throws -> MutationResult {
        let mutation = try queue().first { $0.n == n }.map { try Mutation(reading: $0.bytes) }
        return MutationResult(
            n: n, status: .applied,
            operations: (mutation?.operations ?? []).map { _ in OperationResult(status: .applied, version: version) })
    }
}

/// A small project as its server has it.
struct World: Sendable {
    static let asOf: Int64 = 100

    let epoch = EntityID(high: 7, low: 1)
    let client = EntityID(high: 8, low: 1)
    let bob = EntityID(high: 1, low: 1)
    let carol = EntityID(high: 1, low: 2)
    let text = "Ada e\u{301} 👩🏽‍✈️ says: we light it again, says Ada."
    let article: Article
    var project: Project
    let ids: IDSource

    init(layers: LayerMode = .own) {
        article = Article(
            id: EntityID(high: 2, low: 1), externalID: "harbour", metadata: [:], articleVersion: SHA256.hash(text),
            length: text.unicodeScalars.count, version: 3)
        project = Project(id: EntityID(high: 9, low: 9), name: "tour", layers: layers, visibility: .all, version: 1)
        let ticks = Ticks()
        ids = IDSource(now: { ticks.next() }, random: { SecureRandom.uint64() })
    }

    /// A clock that goes on by a millisecond each time it is asked.
    private final class Ticks: Sendable {
        private let count = Mutex<Int64>(0)
        func next() -> Timestamp {
            Timestamp(
                microseconds: 1_700_000_000_000_000 + count.withLock {
                    $0 += 1; return $0
                } * 1000)
        }
    }

    var rows: [Row] {
        [
            .project(project), .member(Member(id: bob, name: "bob", role: .annotator, version: 2)),
            .member(Member(id: carol, name: "carol", role: .annotator, version: 2)),
            .label(Label(key: "PER", kind: .span, version: 2)), .label(Label(key: "LOC", kind: .span, version: 2)),
            .label(
                Label(
                    key: "QUOTE", kind: .span,
                    attributes: [
                        LabelAttribute(key: "stance", type: .choice(["pro", "contra"])),
                        LabelAttribute(key: "certain", type: .boolean),
                    ], version: 2)),
            .label(Label(key: "topic", kind: .document, version: 2)),
            .label(Label(key: "said_by", kind: .relation, from: ["QUOTE"], to: ["PER"], version: 2)),
            .article(article),
            .articleVersion(
                ArticleVersion(
                    id: EntityID(high: 2, low: 2), articleID: article.id, sha256: article.articleVersion,
                    length: article.length, version: 3)),
        ]
    }

    /// An annotation of carol's, of the first word.
    func theirs(_ low: UInt64 = 50, label: String = "PER", layer: Layer = .own) -> Annotation {
        Annotation(
            id: EntityID(high: 3, low: low), articleID: article.id, author: carol, layer: layer, label: label,
            anchor: Anchor(
                articleVersion: article.articleVersion, spans: [Span(start: 0, end: 3, quote: .text("Ada"))]),
            createdAt: Timestamp(microseconds: 1_600_000_000_000_000))
    }

    /// A row as a line of a snapshot has it.
    func wire(_ row: Row) -> SnapshotRow {
        var json = row.json
        if row.kind == .articleVersion { json["text"] = .string(text) }
        return SnapshotRow(kind: row.kind, wire: json)
    }
}
