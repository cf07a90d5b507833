import AnnotationModel
import Digest
import JSONText

/// One full row of each kind.
enum Fixtures {
    static let one = EntityID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0001)
    static let two = EntityID(high: 0x0199_0000_0000_7000, low: 0x8000_0000_0000_0002)
    static let sha = SHA256.hash(Array("text".utf8))
    static let at = Timestamp(microseconds: 1_604_772_191_000_000)

    static let annotation = Row.annotation(
        Annotation(
            id: one, articleID: two, author: one, layer: .shared, label: "QUOTE",
            attributes: ["stance": "pro", "certain": true, "weight": 0.5],
            anchor: Anchor(articleVersion: sha, spans: [Span(start: 0, end: 2, quote: .text("te"))]), state: .final,
            createdAt: at, version: 7))

    static let all: [Row] = [
        .project(
            Project(
                id: one, name: "karabagh", title: "Haut-Karabagh", language: "fr", layers: .shared,
                visibility: .afterDone,
                access: .assigned, version: 1)),
        .member(Member(id: one, name: "bob", role: .annotator, version: 2)),
        .label(
            Label(
                key: "said_by", name: "Dit par", kind: .relation, color: "#d2691e", shortcut: "s",
                attributes: [
                    LabelAttribute(key: "certain", type: .boolean), LabelAttribute(key: "n", type: .number),
                    LabelAttribute(key: "s", type: .string), LabelAttribute(key: "c", type: .choice(["a", "b"])),
                ],
                from: ["QUOTE"], to: ["PER", "ORG"], zeroWidth: true, retired: true, version: 3)),
        .article(
            Article(
                id: one, externalID: "a-1", metadata: ["date": "2020-11", "n": [1, nil]], articleVersion: sha,
                length: 4,
                version: 4)),
        .articleVersion(ArticleVersion(id: one, articleID: two, sha256: sha, length: 4, version: 5)),
        annotation,
        .relation(
            Relation(
                id: one, articleID: two, author: one, layer: .gold, label: "said_by", attributes: ["certain": false],
                from: one, to: two, createdAt: at, version: 6)),
        .comment(
            Comment(
                id: one, articleID: two, annotationID: one, author: two, text: "Sûr ?", createdAt: at, version: 8)),
        .review(
            Review(
                id: one, articleID: two, annotationID: one, reviewer: two, decision: .unsure, text: "?", createdAt: at,
                version: 9)),
        .assignment(Assignment(id: one, articleID: two, user: one, state: .inProgress, expiresAt: at, version: 10)),
        .conflict(
            Conflict(
                id: one, articleID: two, entity: .annotation, entityID: one, field: "label",
                kept: ConflictSide(value: "PER", by: one, client: two, at: at),
                other: ConflictSide(value: nil, by: two, client: nil, at: at), state: .resolved, choice: .value,
                resolvedBy: two, version: 11)),
    ]
}
