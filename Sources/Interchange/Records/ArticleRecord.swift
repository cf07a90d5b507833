package import AnnotationModel
package import Digest
package import JSONText

/// One article with all that was said about it, as files carry it: people by name, and no seq and no version.
package struct ArticleRecord: Sendable, Hashable {
    package var externalID: String
    /// Nil where the file names none: whoever stores the article makes one.
    package var id: EntityID?
    package var metadata: JSONObject
    /// Every text that the article had, oldest first; the last one is the current one. Never empty.
    package var versions: [VersionRecord]
    package var annotations: [AnnotationRecord]
    package var relations: [RelationRecord]
    package var reviews: [ReviewRecord]

    package init(
        externalID: String, id: EntityID? = nil, metadata: JSONObject = JSONObject(), versions: [VersionRecord],
        annotations: [AnnotationRecord] = [], relations: [RelationRecord] = [], reviews: [ReviewRecord] = []
    ) {
        precondition(!versions.isEmpty, "an article has a text")
        self.externalID = externalID
        self.id = id
        self.metadata = metadata
        self.versions = versions
        self.annotations = annotations
        self.relations = relations
        self.reviews = reviews
    }

    /// The text to annotate today.
    package var current: VersionRecord { versions[versions.count - 1] }
}

/// One immutable text of an article, addressed by the SHA-256 of its UTF-8 bytes.
package struct VersionRecord: Sendable, Hashable {
    package let sha256: SHA256Digest
    package let text: ArticleText

    package init(_ text: ArticleText) {
        self.init(text, sha256: SHA256.hash(text.text.utf8))
    }

    /// A text whose digest is known already; it is not checked.
    package init(_ text: ArticleText, sha256: SHA256Digest) {
        self.sha256 = sha256
        self.text = text
    }

    package static func == (left: VersionRecord, right: VersionRecord) -> Bool { left.sha256 == right.sha256 }

    package func hash(into hasher: inout Hasher) { hasher.combine(sha256) }
}
