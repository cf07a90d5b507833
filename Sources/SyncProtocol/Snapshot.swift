package import AnnotationModel
package import JSONText

/// One line of a snapshot (NDJSON).
package enum SnapshotLine: Sendable {
    /// The first line; a resumed snapshot repeats the first one's values.
    case header(SnapshotHeader)
    /// `row` is canonical JSON with its version; an article version has its `text` inside unless left out.
    case row(entity: EntityKind, row: JSONObject)
    /// From here the snapshot can be taken up again.
    case resume(String)
    /// The last line: how many rows this response had, and the digest over them.
    case end(rows: Int, digest: String)
}

/// The head of a snapshot: where its pull begins, and the last mutation of this client that this history knows.
package struct SnapshotHeader: Sendable, Hashable {
    package var protocolVersion: Int
    package var epoch: EntityID
    package var asOf: Int64
    package var at: Tag?
    package var lastMutation: Int64

    package init(protocolVersion: Int, epoch: EntityID, asOf: Int64, at: Tag?, lastMutation: Int64) {
        self.protocolVersion = protocolVersion
        self.epoch = epoch
        self.asOf = asOf
        self.at = at
        self.lastMutation = lastMutation
    }
}
