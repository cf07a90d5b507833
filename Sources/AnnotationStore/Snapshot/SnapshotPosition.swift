package import AnnotationModel
package import SyncProtocol

/// Where a snapshot has come to, and the header of its first response, which a resumed one repeats.
package struct SnapshotPosition: Sendable, Hashable {
    package var header: SnapshotHeader
    /// The kind whose rows come next; nil at the end.
    package var kind: EntityKind?
    /// The last row given of this kind: its article, where the snapshot goes article by article, and its key.
    var article: EntityID?
    var key: String?

    /// The kinds in the order of a snapshot: what others refer to comes first.
    static let kinds: [EntityKind] = [
        .project, .member, .label, .article, .articleVersion, .annotation, .relation, .comment, .review, .assignment,
        .conflict,
    ]

    /// The start of a snapshot; of single articles only, it begins with these.
    package init(start header: SnapshotHeader, ofArticles: Bool = false) {
        self.header = header
        kind = ofArticles ? .article : .project
    }

    private init(header: SnapshotHeader, kind: EntityKind?, article: EntityID?, key: String?) {
        self.header = header
        self.kind = kind
        self.article = article
        self.key = key
    }

    /// Goes on to the next kind.
    mutating func finishKind() {
        let next = Self.kinds.drop { $0 != kind }.dropFirst().first
        self = SnapshotPosition(header: header, kind: next, article: nil, key: nil)
    }

    /// An opaque text that is safe in URLs. Label keys can hold anything, so that keys are written in hex.
    package var encoded: String {
        let key = key.map { key in key.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        return [
            "1", header.epoch.text, String(header.asOf), header.at?.text ?? "", String(header.lastMutation),
            kind?.rawValue ?? "", article?.text ?? "", key ?? "",
        ].joined(separator: ".")
    }

    /// Reads what `encoded` gave; nil for anything else.
    package init?(encoded: String) {
        let parts = encoded.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 8, parts[0] == "1", let epoch = EntityID(parts[1]), let asOf = Int64(parts[2]), asOf >= 0,
            parts[3].isEmpty || Tag(parts[3]) != nil, let lastMutation = Int64(parts[4]),
            parts[5].isEmpty || EntityKind(rawValue: parts[5]) != nil, parts[6].isEmpty || EntityID(parts[6]) != nil
        else { return nil }
        var key: String?
        if !parts[7].isEmpty {
            let digits = Array(parts[7].utf8)
            guard digits.count % 2 == 0 else { return nil }
            var bytes: [UInt8] = []
            for index in stride(from: 0, to: digits.count, by: 2) {
                let pair = String(decoding: digits[index..<(index + 2)], as: UTF8.self)
                guard let byte = UInt8(pair, radix: 16), byte != 0 else { return nil }
                bytes.append(byte)
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            key = text
        }
        self.init(
            header: SnapshotHeader(
                protocolVersion: Limits.protocolVersion, epoch: epoch, asOf: asOf, at: Tag(parts[3]),
                lastMutation: lastMutation),
            kind: EntityKind(rawValue: parts[5]), article: EntityID(parts[6]), key: key)
        // A key of another kind would reach the database as what it is not.
        if let key, let kind, kind != .label, EntityID(key) == nil { return nil }
    }
}

/// One row of a snapshot.
package struct SnapshotRow: Sendable, Hashable {
    package var kind: EntityKind
    /// A label's key, anything else's UUID.
    package var id: String
    package var version: Int64
    /// As in the log: canonical JSON without version and text; what digests are made of.
    package var canonical: [UInt8]
    /// The text of an article version, where texts are wanted.
    package var text: [UInt8]?

    /// The row of the line: canonical JSON with its version, and its text.
    package var line: [UInt8] {
        let row = canonicalRow(canonical, version: version)
        return text.map { canonicalRow(row, text: $0) } ?? row
    }
}

/// Some rows of a snapshot, and where it goes on; nil: that was all.
package struct SnapshotPage: Sendable {
    package var rows: [SnapshotRow]
    package var next: SnapshotPosition?
}

/// The log has begun a new history since the snapshot's header was read: take a fresh snapshot.
package struct EpochChanged: Error, Sendable, Hashable {
    /// The one that holds now.
    package var current: EntityID
}
