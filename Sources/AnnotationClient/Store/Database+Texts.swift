import AnnotationModel
import Digest
import GRDB

extension Database {
    /// Keeps a text under its SHA-256; false when it is not the text that this names.
    @discardableResult
    func keepText(_ text: String, sha256: String) throws -> Bool {
        guard SHA256.hash(text).hex == sha256 else { return false }
        try cachedStatement(sql: "INSERT OR IGNORE INTO texts (sha256, text) VALUES (?, ?)")
            .execute(arguments: [sha256, text])
        return true
    }

    func text(_ sha256: SHA256Digest) throws -> ArticleText? {
        try String.fetchOne(
            cachedStatement(sql: "SELECT text FROM texts WHERE sha256 = ?"), arguments: [sha256.hex]
        ).map { ArticleText($0) }
    }

    /// Versions of articles whose texts are not here.
    func missingTexts() throws -> [String] {
        try String.fetchAll(
            self,
            sql: """
                SELECT DISTINCT name FROM rows WHERE kind = 'article_version' AND deleted = 0
                  AND name NOT IN (SELECT sha256 FROM texts)
                """)
    }
}
