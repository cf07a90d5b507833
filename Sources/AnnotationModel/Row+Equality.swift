// `==` on String is canonical equivalence. A comment that is rewritten from a composed to a decomposed letter is
// another comment, so rows are compared by bytes. Hashing needs nothing: equal bytes have equal hashes.

extension Annotation {
    package static func == (left: Annotation, right: Annotation) -> Bool {
        left.id == right.id && left.articleID == right.articleID && left.author == right.author
            && left.layer == right.layer && ExactString.equal(left.label, right.label)
            && left.attributes == right.attributes && left.anchor == right.anchor && left.state == right.state
            && left.createdAt == right.createdAt && left.version == right.version
    }
}

extension Relation {
    package static func == (left: Relation, right: Relation) -> Bool {
        left.id == right.id && left.articleID == right.articleID && left.author == right.author
            && left.layer == right.layer && ExactString.equal(left.label, right.label)
            && left.attributes == right.attributes && left.from == right.from && left.to == right.to
            && left.createdAt == right.createdAt && left.version == right.version
    }
}

extension Comment {
    package static func == (left: Comment, right: Comment) -> Bool {
        left.id == right.id && left.articleID == right.articleID && left.annotationID == right.annotationID
            && left.author == right.author && ExactString.equal(left.text, right.text)
            && left.createdAt == right.createdAt && left.version == right.version
    }
}

extension Review {
    package static func == (left: Review, right: Review) -> Bool {
        left.id == right.id && left.articleID == right.articleID && left.annotationID == right.annotationID
            && left.reviewer == right.reviewer && left.decision == right.decision
            && ExactString.equal(left.text, right.text) && left.createdAt == right.createdAt
            && left.version == right.version
    }
}

// The rest is compared seldom: by its JSON, whose equality is by bytes and which has every field.

extension Project {
    package static func == (left: Project, right: Project) -> Bool {
        left.version == right.version && left.json == right.json
    }
}

extension Member {
    package static func == (left: Member, right: Member) -> Bool {
        left.version == right.version && left.json == right.json
    }
}

extension Label {
    package static func == (left: Label, right: Label) -> Bool {
        left.version == right.version && left.json == right.json
    }
}

extension Article {
    package static func == (left: Article, right: Article) -> Bool {
        left.version == right.version && left.json == right.json
    }
}

extension Conflict {
    package static func == (left: Conflict, right: Conflict) -> Bool {
        left.version == right.version && left.json == right.json
    }
}
