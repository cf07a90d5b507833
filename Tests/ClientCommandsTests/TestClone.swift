import AnnotationModel
import ClientCommands
import CommandSupport
import Digest
import Foundation
import JSONText
import SyncProtocol
import Testing

@testable import AnnotationClient

/// A real clone of a small project, as a sync would have left it: bob's, with a layer of carol's in sight.
struct TestClone {
    typealias Row = AnnotationModel.Row

    let directory: String

    static let texts = [
        "harbour":
            "The lighthouse of Valbruck has been dark since March. “We will light it again”, said Ada Lindqvist, who has run the harbour of Valbruck for nine years.\r\n\r\nThe keeper’s cottage is for sale.",
        "harvest": "An empty field.",
    ]

    static func id(_ number: Int) -> EntityID {
        EntityID(high: 0x0199_0000_0000_7000 + UInt64(number) << 16, low: 0x8000 << 48)
    }

    static let bob = id(1)
    static let carol = id(2)
    static let project = id(3)
    static let client = id(4)
    static let carols = id(20)

    /// Makes the clone in a directory of its own, lends it, and removes it.
    static func with<Value>(role: Role = .annotator, _ body: (TestClone) async throws -> Value) async throws -> Value {
        try await TestDirectory.with { directory in
            try await body(try TestClone(in: directory, role: role))
        }
    }

    private let store: CloneStore

    private init(in directory: String, role: Role) throws {
        self.directory = directory
        let place = CloneDirectory(directory)
        _ = try place.make()
        try TokenFile(path: place.tokenFile).write("mnc_test")
        store = try CloneStore(path: place.database)
        try store.write { db in
            // A port that nothing listens on.
            try db.setMeta(.server, "http://127.0.0.1:1")
            try db.setMeta(.projectID, Self.project.text)
            try db.setMeta(.projectName, "tour")
            try db.setMeta(.userID, Self.bob.text)
            try db.setMeta(.userName, "bob")
            try db.setMeta(.clientID, Self.client.text)
            try db.setMeta(.device, "laptop")
            try db.setMeta(.registered, Self.client.text)
            try db.setMeta(.phase, Phase.ready.rawValue)
            try db.setCursor(Cursor(epoch: Self.id(5), since: 12, at: Tag(bits: 12)))
            try db.setMeta(.shown, number: 12)
        }
        try put(.project(Project(id: Self.project, name: "tour", visibility: .all, version: 1)))
        try put(.member(Member(id: Self.bob, name: "bob", role: role, version: 2)))
        try put(.member(Member(id: Self.carol, name: "carol", role: .annotator, version: 3)))
        for label in Self.labels { try put(.label(label)) }
        for (index, name) in Self.texts.keys.sorted().enumerated() { try putArticle(name, number: 10 + index) }
    }

    static let labels = [
        Label(key: "PER", kind: .span, version: 4), Label(key: "LOC", kind: .span, version: 4),
        Label(key: "GAP", kind: .span, zeroWidth: true, version: 4),
        Label(
            key: "QUOTE", kind: .span,
            attributes: [
                LabelAttribute(key: "stance", type: .choice(["pro", "contra"])),
                LabelAttribute(key: "certain", type: .boolean), LabelAttribute(key: "weight", type: .number),
            ], version: 4),
        Label(key: "topic", kind: .document, version: 4),
        Label(key: "said_by", kind: .relation, from: ["QUOTE"], to: ["PER"], version: 4),
    ]

    private func putArticle(_ name: String, number: Int) throws {
        let text = Self.texts[name] ?? ""
        let digest = SHA256.hash(Array(text.utf8))
        let length = text.unicodeScalars.count
        try put(
            .article(
                Article(
                    id: Self.id(number), externalID: name, metadata: ["date": "2024-05"], articleVersion: digest,
                    length: length, version: 5)))
        try put(
            .articleVersion(
                ArticleVersion(
                    id: Self.id(number + 100), articleID: Self.id(number), sha256: digest, length: length, version: 5)))
        _ = try store.write { db in try db.keepText(text, sha256: digest.hex) }
    }

    // MARK: What a sync would have brought

    /// A row of the server.
    func put(_ row: Row) throws {
        _ = try store.write { db in
            try db.store(RowRecord(row.kind, wire: row.json, version: row.version), in: .rows)
        }
    }

    /// An annotation of the harbour on the server.
    @discardableResult
    func putAnnotation(
        _ number: Int, _ label: String, _ range: Range<Int>, author: EntityID = Self.carol
    ) throws -> Annotation {
        let text = ArticleText(Self.texts["harbour"] ?? "")
        let quote = try #require(text[range.lowerBound, range.upperBound])
        let row = Annotation(
            id: Self.id(number), articleID: Self.id(10), author: author, layer: .own, label: label,
            anchor: Anchor(
                articleVersion: SHA256.hash(Array(text.text.utf8)),
                spans: [Span(start: range.lowerBound, end: range.upperBound, quote: Quote(covering: quote))]),
            createdAt: Timestamp(microseconds: 1_700_000_000_000_000), version: 9)
        try put(.annotation(row))
        return row
    }

    func putConflict(_ number: Int, of annotation: Annotation, kept: ConflictSide, other: ConflictSide) throws {
        try put(
            .conflict(
                Conflict(
                    id: Self.id(number), articleID: annotation.articleID, entity: .annotation, entityID: annotation.id,
                    field: "label", kept: kept, other: other, version: 10)))
    }

    /// What the server refused.
    func putRejected(_ n: Int64, code: String, message: String, _ operation: SyncProtocol.Operation) throws {
        let now = Timestamp(microseconds: 0)
        let bytes = Mutation(n: n, madeAt: now, operations: [operation]).encode()
        try store.write { db in
            try db.journal(
                n: n, operation: 0, code: code, message: message, bytes: Data(bytes), at: now, waitsFor: [])
            try db.setMeta(.lastN, number: n)
            try db.setMeta(.serverLast, number: n)
        }
    }

    // MARK: Running the program

    func run(_ arguments: String..., color: Bool = false, width: Int? = nil) async -> CapturedOutput {
        await ClientCommandsTests.run(arguments + ["-C", directory], color: color, width: width)
    }

    /// The value that `--json` prints.
    func json(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> JSONValue {
        let result = await ClientCommandsTests.run(arguments + ["-C", directory, "--json"])
        #expect(result.code == .fine, "\(arguments): \(result.error)", sourceLocation: location)
        #expect(result.output.filter(\.isNewline).count == 1, "one value on one line", sourceLocation: location)
        return try JSONValue(parsing: Array(result.output.utf8), options: .strict)
    }

    /// Runs a command that must fail with a code, in one line; returns that line.
    func failure(
        _ code: CommandSupport.ExitCode, _ arguments: String..., at location: SourceLocation = #_sourceLocation
    ) async -> String {
        let result = await ClientCommandsTests.run(arguments + ["-C", directory])
        #expect(result.code == code, "\(arguments): \(result.error)", sourceLocation: location)
        #expect(result.output.isEmpty && result.error.filter(\.isNewline).count == 1, sourceLocation: location)
        #expect(result.error.hasPrefix("manicule-client: "), sourceLocation: location)
        return result.error
    }
}
