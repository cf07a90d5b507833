package import Digest
package import JSONText

/// The settings of a project, as they stand in its row and in its log.
package struct Project: Sendable, Hashable {
    package var id: EntityID
    package var name: String
    package var title: String
    package var language: String?
    package var layers: LayerMode
    package var visibility: Visibility
    package var access: Access
    package var version: Int64

    package init(
        id: EntityID, name: String, title: String = "", language: String? = nil, layers: LayerMode = .own,
        visibility: Visibility = .own, access: Access = .all, version: Int64 = 0
    ) {
        self.id = id
        self.name = name
        self.title = title
        self.language = language
        self.layers = layers
        self.visibility = visibility
        self.access = access
        self.version = version
    }
}

/// A user's place in a project. `id` is the user's.
package struct Member: Sendable, Hashable {
    package var id: EntityID
    package var name: String
    package var role: Role
    package var version: Int64

    package init(id: EntityID, name: String, role: Role, version: Int64 = 0) {
        self.id = id
        self.name = name
        self.role = role
        self.version = version
    }
}

/// One text to annotate. `articleVersion` is the SHA-256 of its current text, `length` in code points.
package struct Article: Sendable, Hashable {
    package var id: EntityID
    package var externalID: String
    package var metadata: JSONObject
    package var articleVersion: SHA256Digest
    package var length: Int
    package var version: Int64

    package init(
        id: EntityID, externalID: String, metadata: JSONObject, articleVersion: SHA256Digest, length: Int,
        version: Int64 = 0
    ) {
        self.id = id
        self.externalID = externalID
        self.metadata = metadata
        self.articleVersion = articleVersion
        self.length = length
        self.version = version
    }
}

/// One immutable text of an article. The text itself travels in snapshots and by `article-texts`, not in the log.
package struct ArticleVersion: Sendable, Hashable {
    package var id: EntityID
    package var articleID: EntityID
    package var sha256: SHA256Digest
    package var length: Int
    package var version: Int64

    package init(id: EntityID, articleID: EntityID, sha256: SHA256Digest, length: Int, version: Int64 = 0) {
        self.id = id
        self.articleID = articleID
        self.sha256 = sha256
        self.length = length
        self.version = version
    }
}
