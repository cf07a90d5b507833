import AnnotationModel
import Digest
import JSONText
import SyncProtocol
import Testing

@testable import AnnotationClient

extension CloneTests {
    /// What a person does without a server.
    @Suite struct OfflineWork {
        private func operations(_ replica: Replica, _ n: Int64) throws -> [SyncProtocol.Operation] {
            let queued = try #require(try replica.queue().first { $0.n == n })
            return try Mutation(reading: queued.bytes).operations
        }

        private func code(_ body: () throws -> Void) -> String? {
            do {
                try body()
                return nil
            } catch {
                return (error as? ClientError)?.code
            }
        }

        @Test("an annotation with a comment is one mutation, and is seen at once")
        func annotate() throws {
            let replica = try Replica()
            let made = try replica.clone.annotate(
                "harb",
                AnnotationDraft(
                    label: "QUOTE", place: .quote("we light it again"),
                    attributes: ["stance": .text("pro"), "certain": .text("true")], comment: "her words 👩🏽‍✈️"))
            #expect(made.author == "bob")
            #expect(made.isPending)
            #expect(made.annotation.attributes == ["stance": "pro", "certain": .bool(true)])
            #expect(made.comments.map(\.comment.text) == ["her words 👩🏽‍✈️"])
            let queue = try replica.queue()
            #expect(queue.map(\.n) == [1])
            #expect(try operations(replica, 1).count == 2)
            let detail = try replica.clone.article(replica.world.article.id.text)
            #expect(detail.text.utf8.elementsEqual(replica.world.text.utf8))
            #expect(detail.annotations.map(\.annotation) == [made.annotation])
            #expect(try replica.clone.articles().map(\.annotationCount) == [1])
        }

        @Test("what is printed has the keys of the interface, with users by name")
        func json() throws {
            let replica = try Replica()
            let made = try replica.clone.annotate(
                "harbour", AnnotationDraft(label: "PER", place: .spans([0..<3]), comment: "who?"))
            let json = try #require(made.json.objectValue)
            #expect(
                Set(json.keys) == [
                    "id", "article_id", "author", "layer", "label", "attributes", "anchor", "state", "created_at",
                    "version", "comments",
                ])
            #expect(json["author"] == "bob")
            #expect(json["anchor"]?["spans"]?[0] == ["start": 0, "end": 3, "quote": "Ada"])
            #expect(json["comments"]?[0]?["author"] == "bob")
        }

        @Test("a quote that stands twice wants its occurrence; pieces are put in order; offsets are code points")
        func places() throws {
            let replica = try Replica()
            let clone = replica.clone
            func draft(_ place: PlaceInput) -> AnnotationDraft { AnnotationDraft(label: "PER", place: place) }
            #expect(code { _ = try clone.annotate("harbour", draft(.quote("Ada"))) } == "ambiguous")
            #expect(code { _ = try clone.annotate("harbour", draft(.quote("Eve"))) } == "quote_mismatch")
            #expect(code { _ = try clone.annotate("harbour", draft(.quote("Ada", occurrence: 3))) } == "quote_mismatch")
            // Composed where the text is decomposed: other bytes.
            #expect(code { _ = try clone.annotate("harbour", draft(.quote("\u{e9}"))) } == "quote_mismatch")
            #expect(code { _ = try clone.annotate("harbour", draft(.spans([0..<999]))) } == "offset_out_of_range")
            let emoji = try clone.annotate("harbour", draft(.quote("👩🏽‍✈️")))
            #expect(emoji.annotation.anchor.spans.map { [$0.start, $0.end] } == [[7, 12]])
            let pieces = try clone.annotate("harbour", draft(.spans([7..<12, 0..<3])))
            #expect(pieces.annotation.anchor.spans.map(\.start) == [0, 7])
            let second = try clone.annotate("harbour", draft(.quote("Ada", occurrence: 2)))
            #expect(second.annotation.anchor.spans[0].start > 30)
            #expect(try replica.queue().map(\.n) == [1, 2, 3])
        }

        @Test("what the server would refuse never enters the outbox")
        func refusedAtOnce() throws {
            let replica = try Replica()
            let clone = replica.clone
            try replica.take(replica.page(from: 100, [.annotation(replica.world.theirs())]))
            let theirs = replica.world.theirs().id.text
            #expect(
                code { _ = try clone.annotate("harbour", AnnotationDraft(label: "X", place: .document)) }
                    == "unknown_label")
            #expect(
                code { _ = try clone.annotate("harbour", AnnotationDraft(label: "PER", place: .document)) }
                    == "label_kind")
            #expect(
                code { _ = try clone.annotate("nowhere", AnnotationDraft(label: "PER", place: .document)) }
                    == "not_found")
            #expect(code { _ = try clone.edit(theirs, EntityEdit(label: "LOC")) } == "not_allowed")
            #expect(code { _ = try clone.delete(theirs) } == "not_allowed")
            #expect(code { _ = try clone.comment(theirs, text: "nul \0") } == "malformed")
            #expect(
                code {
                    _ = try clone.annotate(
                        "harbour", AnnotationDraft(label: "PER", place: .spans([0..<3]), layer: .gold))
                } == "not_allowed")
            #expect(
                code { _ = try clone.comment(theirs, text: String(repeating: "long ", count: 20_000)) } == "too_large")
            #expect(try replica.queue().isEmpty)
            // A remark on another's annotation is everybody's right.
            #expect(try clone.comment(theirs, text: "are you sure?").author == "bob")
        }

        @Test("a chain of offline edits sees its own earlier values")
        func chain() throws {
            let replica = try Replica()
            let id = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
                .annotation.id
            _ = try replica.clone.edit(id.text, EntityEdit(label: "LOC"))
            guard
                case .annotation(let seen) = try replica.clone.edit(
                    id.text, EntityEdit(label: "QUOTE", attributes: ["stance": .text("pro")]))
            else {
                Issue.record("an edit shows another kind of row")
                return
            }
            #expect(seen.annotation.label == "QUOTE")
            guard case .update(_, _, let first, _) = try operations(replica, 2)[0],
                case .update(_, _, let second, _) = try operations(replica, 3)[0]
            else {
                Issue.record("no updates")
                return
            }
            #expect(first.map(\.was) == [.value("PER")])
            #expect(second.map(\.field) == ["attributes/stance", "label"])
            #expect(second.map(\.was) == [.value(.null), .value("LOC")])
            guard case .annotation(let gone) = try replica.clone.delete(String(id.text.prefix(36))) else {
                Issue.record("a delete shows another kind of row")
                return
            }
            let deletion = try operations(replica, 4)[0]
            #expect(deletion == .delete(.annotation, id: id, was: Row.annotation(gone.annotation).contentDigest))
            #expect(try replica.clone.annotations().isEmpty)
            #expect(code { _ = try replica.clone.edit(id.text, EntityEdit(label: "PER")) } == "not_found")
        }

        @Test("an edit that changes nothing is told, not sent")
        func nothingToDo() throws {
            let replica = try Replica()
            let id = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
                .annotation.id
            #expect(code { _ = try replica.clone.edit(id.text, EntityEdit(label: "PER")) } == "nothing_to_do")
        }

        @Test("a relation is live while both its ends are")
        func relations() throws {
            let replica = try Replica()
            let clone = replica.clone
            let quote = try clone.annotate(
                "harbour", AnnotationDraft(label: "QUOTE", place: .quote("we light it again")))
            let person = try clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
            let link = try clone.relate(
                from: quote.annotation.id.text, to: person.annotation.id.text, label: "said_by")
            #expect(link.json["from"]?.stringValue == quote.annotation.id.text)
            #expect(try clone.relations().count == 1)
            #expect(
                code {
                    _ = try clone.relate(
                        from: person.annotation.id.text, to: quote.annotation.id.text, label: "said_by")
                } == "relation_invalid")
            _ = try clone.delete(person.annotation.id.text)
            #expect(try clone.relations().isEmpty)
        }

        @Test("a beginning that several ids share is ambiguous, and says which")
        func prefixes() throws {
            let replica = try Replica()
            try replica.take(
                replica.page(from: 100, [.annotation(replica.world.theirs(80)), .annotation(replica.world.theirs(81))]))
            let shared = String(replica.world.theirs(80).id.text.prefix(30))
            #expect(code { _ = try replica.clone.comment(shared, text: "?") } == "ambiguous")
        }

        @Test("the log tells what was made here, newest first")
        func log() throws {
            let replica = try Replica()
            let made = try replica.clone.annotate("harbour", AnnotationDraft(label: "PER", place: .spans([0..<3])))
            _ = try replica.clone.edit(made.annotation.id.text, EntityEdit(label: "LOC"))
            try replica.take(replica.page(from: 100), results: [try replica.applied(1, version: 101)])
            let log = try replica.clone.log()
            #expect(log.map(\.n) == [2, 1])
            #expect(log.map(\.state) == [.pending, .acknowledged])
            #expect(log.map(\.result) == [nil, .applied])
            #expect(log[0].operations == ["update annotation \(made.annotation.id) label=LOC"])
        }
    }
}
