package import JSONText

/// What an import did: the last line of its report. `articlesRead` is the sum of the five counts below it.
package struct ImportSummary: Sendable, Hashable {
    package var files = 0
    package var articlesRead: Int { inserted + updated + unchanged + skipped + failed }
    package var inserted = 0
    package var updated = 0
    package var unchanged = 0
    package var skipped = 0
    package var failed = 0
    package var annotations = 0
    package var relations = 0
    /// Spans without a quote in the file: theirs was taken from the text.
    package var quotesUnverified = 0

    package init() {}

    package static func += (left: inout ImportSummary, right: ImportSummary) {
        left.files += right.files
        left.inserted += right.inserted
        left.updated += right.updated
        left.unchanged += right.unchanged
        left.skipped += right.skipped
        left.failed += right.failed
        left.annotations += right.annotations
        left.relations += right.relations
        left.quotesUnverified += right.quotesUnverified
    }

    package var json: JSONObject {
        [
            "files": JSONValue(files), "articles_read": JSONValue(articlesRead), "inserted": JSONValue(inserted),
            "updated": JSONValue(updated), "unchanged": JSONValue(unchanged), "skipped": JSONValue(skipped),
            "failed": JSONValue(failed), "annotations": JSONValue(annotations), "relations": JSONValue(relations),
            "quotes_unverified": JSONValue(quotesUnverified),
        ]
    }
}
