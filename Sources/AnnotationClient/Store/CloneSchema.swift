import GRDB

/// The tables of a clone's file. Forward only; a step is never edited once it has shipped.
enum CloneSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 rows, outbox, journal, cursor") { db in
            try db.execute(sql: first)
        }
        return migrator
    }

    // `rows` is what the server said, up to the place `shown`; `overlay` the rows that pending mutations make different;
    // `incoming` the pages of a run that has not reached its head yet; `staging` a snapshot that is being taken.
    // `name` is an article's external id, a member's name, or a version's SHA-256; `parent_id` the annotation of a comment or review.
    private static let first = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE rows (
          kind TEXT NOT NULL, id TEXT NOT NULL, article_id TEXT, parent_id TEXT, name TEXT,
          version INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL,
          PRIMARY KEY (kind, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rows_by_article ON rows (article_id, kind);
        CREATE INDEX rows_by_parent ON rows (parent_id) WHERE parent_id IS NOT NULL;
        CREATE INDEX rows_by_name ON rows (kind, name) WHERE name IS NOT NULL;

        CREATE TABLE overlay (
          kind TEXT NOT NULL, id TEXT NOT NULL, article_id TEXT, parent_id TEXT, name TEXT,
          version INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL,
          PRIMARY KEY (kind, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX overlay_by_article ON overlay (article_id, kind);

        CREATE TABLE staging (
          kind TEXT NOT NULL, id TEXT NOT NULL, article_id TEXT, parent_id TEXT, name TEXT,
          version INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL,
          PRIMARY KEY (kind, id)
        ) STRICT, WITHOUT ROWID;

        CREATE VIEW local AS
          SELECT kind, id, article_id, parent_id, name, version, deleted, json, 1 AS pending FROM overlay
          UNION ALL
          SELECT kind, id, article_id, parent_id, name, version, deleted, json, 0 AS pending FROM rows
          WHERE NOT EXISTS (SELECT 1 FROM overlay WHERE overlay.kind = rows.kind AND overlay.id = rows.id);

        CREATE TABLE texts (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;

        CREATE TABLE incoming (
          place INTEGER PRIMARY KEY, action TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, article_id TEXT,
          parent_id TEXT, name TEXT, version INTEGER NOT NULL, json TEXT NOT NULL
        ) STRICT;

        CREATE TABLE outbox (n INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

        CREATE TABLE acknowledged (
          client_id TEXT NOT NULL, n INTEGER NOT NULL, made_at INTEGER NOT NULL, bytes BLOB NOT NULL,
          status TEXT NOT NULL, version INTEGER NOT NULL, standing TEXT NOT NULL, pending INTEGER NOT NULL,
          acknowledged_at INTEGER NOT NULL, PRIMARY KEY (client_id, n)
        ) STRICT;
        CREATE INDEX acknowledged_pending ON acknowledged (pending) WHERE pending = 1;

        CREATE TABLE rejected (
          number INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL, n INTEGER NOT NULL, op INTEGER,
          code TEXT NOT NULL, message TEXT NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL,
          state TEXT NOT NULL, waits_for TEXT NOT NULL
        ) STRICT;

        CREATE TABLE aliases (alias TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE stale_articles (article_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        """
}
