import AnnotationModel
import FailPoints
import JSONText
import SyncEngine
import SyncProtocol
import Testing

@testable import AnnotationClient

extension CloneTests {
    /// How a replica takes what others did.
    @Suite struct Pages {
        private func labels(_ replica: Replica) throws -> [String] {
            try replica.clone.annotations().map(\.annotation.label)
        }

        @Test("rows and cursor are one transaction: a page that fails half-way leaves both as they were")
        func midPage() throws {
            let replica = try Replica()
            let page = replica.page(
                from: 100, [.annotation(replica.world.theirs(50)), .annotation(replica.world.theirs(51))])
            FailPoints.arm(.clientSyncMidPage, action: .error)
            defer { FailPoints.disarm(.clientSyncMidPage) }
            #expect(throws: FailPointError.self) { try replica.take(page) }
            #expect(try replica.cursor() == 100)
            #expect(try replica.clone.annotations().isEmpty)
            try replica.take(page)
            #expect(try replica.cursor() == 102)
            #expect(try replica.clone.annotations().count == 2)
        }

        @Test("a page that does not add up is not applied; the results that came with it are")
        func damaged() throws {
            let replica = try Replica()
            _ = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
            var page = replica.page(from: 100, [.annotation(replica.world.theirs())])
            page.hidden = 1
            let taken = try replica.take(page, results: [try replica.applied(1, version: 101)])
            #expect(taken.fault != nil)
            #expect(try replica.cursor() == 100)
            #expect(try replica.clone.annotations().map(\.author) == ["bob"])
            #expect(try replica.clone.status().pending == 0)
        }

        @Test("a row under another id than its entry's is a fault")
        func wrongID() throws {
            let replica = try Replica()
            var page = replica.page(from: 100, [.annotation(replica.world.theirs(50))])
            page.entries[0].id = replica.world.theirs(51).id.text
            #expect(try replica.take(page).fault != nil)
        }

        @Test("a run of several pages is shown when its first head is reached, not before")
        func runs() throws {
            let replica = try Replica()
            try replica.take(replica.page(from: 100, head: 102, [.annotation(replica.world.theirs(50))]))
            #expect(try replica.cursor() == 101)
            #expect(try replica.clone.annotations().isEmpty)
            // The head has moved on meanwhile: the run still ends where its first page said.
            try replica.take(replica.page(from: 101, head: 110, [.annotation(replica.world.theirs(51))]))
            #expect(try replica.clone.annotations().count == 2)
            #expect(try replica.cursor() == 102)
        }

        @Test("puts and dels apply only over a smaller version; what was deleted is not brought back by an old image")
        func versions() throws {
            let replica = try Replica()
            let row = replica.world.theirs()
            try replica.take(replica.page(from: 100, [.annotation(row)], deleted: [(.annotation, row.id)]))
            #expect(try replica.clone.annotations().isEmpty)
            var newer = row
            newer.version = 500
            _ = try replica.store.write { db in
                try db.store(RowRecord(.annotation, wire: Row.annotation(row).json, version: 90), in: .rows)
            }
            #expect(try replica.clone.annotations().isEmpty)
            try replica.store.write { db in
                try db.store(RowRecord(.annotation, wire: Row.annotation(newer).json, version: 500), in: .rows)
                try db.markDeleted(.annotation, row.id.text, version: 400, in: .rows)
            }
            #expect(try replica.clone.annotations().count == 1)
        }

        @Test("pending work stays on top of what others did, field by field")
        func rebase() throws {
            let replica = try Replica(world: World(layers: .shared))
            let common = replica.world.theirs(layer: .shared)
            try replica.take(replica.page(from: 100, [.annotation(common)]))
            _ = try replica.clone.edit(common.id.text, EntityEdit(label: "LOC"))
            var theirs = common
            theirs.state = .final
            theirs.anchor.spans = [Span(start: 7, end: 12, quote: .text("👩🏽‍✈️"))]
            try replica.take(replica.page(from: 101, [.annotation(theirs)]))
            let seen = try #require(try replica.clone.annotations().first)
            #expect(seen.annotation.label == "LOC")
            #expect(seen.annotation.state == .final)
            #expect(seen.annotation.anchor == theirs.anchor)
            #expect(seen.isPending)
        }

        @Test("an acknowledged mutation stays in view until the cursor has passed its version")
        func acknowledged() throws {
            let replica = try Replica()
            let made = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
            // The page that came with the answer ends before the change itself.
            try replica.take(
                replica.page(from: 100, [.annotation(replica.world.theirs())]),
                results: [try replica.applied(1, version: 102)])
            #expect(try replica.clone.annotations().count == 2)
            #expect(try replica.clone.annotations().contains { $0.annotation.id == made.annotation.id && $0.isPending })
            #expect(try replica.queue().isEmpty)
            var row = made.annotation
            row.state = .final
            try replica.take(replica.page(from: 101, [.annotation(row)]))
            let seen = try #require(try replica.clone.annotations().first { $0.annotation.id == row.id })
            #expect(!seen.isPending)
            #expect(seen.annotation.version == 102)
            #expect(seen.annotation.state == .final)
        }

        @Test("rows whose article is not here are kept, and are live when it comes")
        func parked() throws {
            let replica = try Replica()
            let article = Article(
                id: EntityID(high: 2, low: 7), externalID: "late", metadata: [:],
                articleVersion: replica.world.article.articleVersion, length: replica.world.article.length)
            var row = replica.world.theirs()
            row.articleID = article.id
            try replica.take(replica.page(from: 100, [.annotation(row)]))
            #expect(try replica.clone.annotations().isEmpty)
            try replica.take(replica.page(from: 101, [.article(article)]))
            #expect(try replica.clone.annotations().count == 1)
            try replica.take(replica.page(from: 102, deleted: [(.article, article.id)]))
            #expect(try replica.clone.annotations().isEmpty)
            #expect(try replica.clone.articles().map(\.article.externalID) == ["harbour"])
            try replica.take(replica.page(from: 103, [.article(article)]))
            #expect(try replica.clone.annotations().count == 1)
        }

        @Test("a view that ends drops an article's rows at once; pending work on it is still pushed")
        func viewNone() throws {
            let replica = try Replica()
            _ = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
            try replica.take(
                replica.page(
                    from: 100, to: 101, [], views: .articles([(replica.world.article.id, .none)])))
            #expect(try replica.clone.articles().isEmpty)
            #expect(try replica.clone.annotations().isEmpty)
            #expect(try replica.queue().count == 1)
        }

        @Test("a view that narrows to one's own drops the others' rows and has the article fetched anew")
        func viewOwn() throws {
            let replica = try Replica()
            let mine = Annotation(
                id: EntityID(high: 3, low: 60), articleID: replica.world.article.id, author: replica.world.bob,
                layer: .own, label: "PER", anchor: replica.world.theirs().anchor, createdAt: replica.world.ids.now())
            let remark = Comment(
                id: EntityID(high: 4, low: 1), articleID: mine.articleID, annotationID: replica.world.theirs().id,
                author: replica.world.carol, text: "mine", createdAt: mine.createdAt)
            try replica.take(
                replica.page(
                    from: 100, [.annotation(replica.world.theirs()), .annotation(mine), .comment(remark)],
                    views: .articles([(mine.articleID, .own)])))
            #expect(try replica.clone.annotations().map(\.author) == ["bob"])
            #expect(try replica.store.read { try $0.staleArticles(limit: 9) } == [mine.articleID])
            #expect(try replica.store.read { try $0.record(.comment, remark.id.text, in: .rows) } == nil)
        }

        @Test("fetched articles replace their rows only if they are not older than the cursor")
        func replaceArticles() throws {
            let replica = try Replica()
            let id = replica.world.article.id
            let late = replica.world.theirs(51)
            try replica.take(
                replica.page(
                    from: 100, [.annotation(replica.world.theirs(50)), .annotation(late)],
                    deleted: [(.annotation, late.id)],
                    views: .articles([(id, .all)])))
            let rows = replica.world.rows.filter { $0.articleID == id }.map(replica.world.wire)
            func header(_ asOf: Int64) -> SnapshotHeader {
                SnapshotHeader(
                    protocolVersion: 1, epoch: replica.world.epoch, asOf: asOf, at: Tag(bits: 1), lastMutation: 0)
            }
            let old = rows + [replica.world.wire(.annotation(late))]
            #expect(try replica.store.write { try $0.replaceArticles([id], with: old, header: header(102)) } == false)
            #expect(try replica.clone.annotations().count == 1)
            #expect(try replica.store.write { try $0.replaceArticles([id], with: rows, header: header(103)) })
            #expect(try replica.clone.annotations().isEmpty)
            #expect(try replica.clone.article("harbour").text == replica.world.text)
            #expect(try replica.store.read { try $0.staleArticles(limit: 9) }.isEmpty)
        }

        @Test("too many changed views ask for a fresh snapshot, and the rows stay until it is complete")
        func viewsChanged() throws {
            let replica = try Replica()
            try replica.take(replica.page(from: 100, [.annotation(replica.world.theirs())], views: .changed))
            #expect(try replica.clone.status().needsSnapshot)
            #expect(try replica.clone.annotations().count == 1)
        }
    }
}
