-- Every table of a project has project_id first in its primary key, and every unique constraint and foreign key carries
-- it, so that a foreign id cannot be addressed and a distribution by project_id needs no change.
-- Foreign keys go to the parent inside the project only. Deletion is soft: an id is never free again.
-- Names and keys are ordered by their bytes (COLLATE "C"), on every system alike.

-- Instance ------------------------------------------------------------------------------------------------------------

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    name          text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 64),
    -- A PHC string of argon2id; null for an account that works by tokens only.
    password_hash text,
    admin         boolean NOT NULL DEFAULT false,
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL
);

CREATE TABLE projects (
    id         uuid PRIMARY KEY,
    name       text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 64),
    title      text NOT NULL DEFAULT '',
    language   text,
    layers     text NOT NULL CHECK (layers IN ('own', 'shared')),
    visibility text NOT NULL CHECK (visibility IN ('own', 'after_done', 'all')),
    access     text NOT NULL CHECK (access IN ('all', 'assigned')),
    version    bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);

-- One installation of a client, bound to its user for ever.
CREATE TABLE clients (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES users (id),
    device         text NOT NULL,
    schema_version integer NOT NULL,
    forked_from    uuid,
    created_at     timestamptz NOT NULL,
    seen_at        timestamptz NOT NULL
);

-- The token itself is never stored: only the SHA-256 of its 256 random bits.
CREATE TABLE api_tokens (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users (id),
    name         text NOT NULL,
    token_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
    scope        text NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
    project_id   uuid REFERENCES projects (id),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users (id),
    token_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Failed logins by account, by address and by both (`pair:`), shared by all server processes; `known:` says when an
-- account last logged in from an address.
CREATE TABLE login_attempts (
    subject      text PRIMARY KEY,
    failures     integer NOT NULL,
    window_start timestamptz NOT NULL
);

CREATE TABLE audit_log (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    -- `cli:OSUSER`, or the user's name.
    actor      text NOT NULL,
    action     text NOT NULL,
    project_id uuid,
    subject    text,
    details    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_at ON audit_log (at);

-- Which history of the database the epochs belong to: another identity means a restore or a promotion.
CREATE TABLE history_identity (
    only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    system_identifier bigint NOT NULL,
    timeline          integer NOT NULL,
    database_oid      oid NOT NULL,
    log_oid           oid NOT NULL
);

-- Projects ------------------------------------------------------------------------------------------------------------

-- The counter row: its lock orders the log, so a seq is gapless and in commit order.
CREATE TABLE project_log (
    project_id  uuid PRIMARY KEY REFERENCES projects (id),
    epoch       uuid NOT NULL,
    head        bigint NOT NULL DEFAULT 0,
    head_tag    bigint,
    horizon     bigint NOT NULL DEFAULT 0,
    horizon_tag bigint,
    -- The last change of members, labels, settings or an article's liveness: older plans cannot commit.
    guard_seq   bigint NOT NULL DEFAULT 0,
    CHECK (horizon <= head AND guard_seq <= head)
);

-- Only one function of the store writes here.
CREATE TABLE changes (
    project_id      uuid NOT NULL,
    seq             bigint NOT NULL,
    tag             bigint NOT NULL,
    -- The last seq of the transaction that wrote it.
    transaction_end bigint NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('put', 'del')),
    entity          text NOT NULL,
    entity_id       uuid NOT NULL,
    article_id      uuid,
    -- Whose view `own` shows it; null: all who see the article or, without one, the project.
    owner_id        uuid,
    -- Sees it too: who wrote a comment or a review on somebody else's annotation.
    author_id       uuid,
    -- Canonical JSON without its version; null for a del.
    "row"           text,
    by_id           uuid NOT NULL,
    origin_client   uuid,
    origin_n        bigint,
    PRIMARY KEY (project_id, seq),
    CHECK ((kind = 'del') = ("row" IS NULL))
);

CREATE TABLE members (
    project_id uuid NOT NULL REFERENCES projects (id),
    user_id    uuid NOT NULL REFERENCES users (id),
    role       text NOT NULL CHECK (role IN ('manager', 'reviewer', 'annotator', 'viewer')),
    removed_at timestamptz,
    version    bigint NOT NULL,
    PRIMARY KEY (project_id, user_id)
);

CREATE TABLE labels (
    project_id  uuid NOT NULL REFERENCES projects (id),
    key         text COLLATE "C" NOT NULL CHECK (key <> ''),
    -- The order in which they were declared.
    position    integer NOT NULL,
    name        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('span', 'document', 'relation')),
    color       text,
    shortcut    text,
    attributes  json NOT NULL DEFAULT '[]',
    from_labels text[] NOT NULL DEFAULT '{}',
    to_labels   text[] NOT NULL DEFAULT '{}',
    zero_width  boolean NOT NULL DEFAULT false,
    retired     boolean NOT NULL DEFAULT false,
    version     bigint NOT NULL,
    PRIMARY KEY (project_id, key)
);

CREATE TABLE articles (
    project_id      uuid NOT NULL REFERENCES projects (id),
    id              uuid NOT NULL,
    external_id     text COLLATE "C" NOT NULL CHECK (external_id <> ''),
    metadata        jsonb NOT NULL DEFAULT '{}',
    -- SHA-256 and length, in code points, of the current text.
    article_version bytea NOT NULL CHECK (octet_length(article_version) = 32),
    length          integer NOT NULL CHECK (length > 0),
    version         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    deleted_at      timestamptz,
    deleted_by      uuid,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, external_id)
);

CREATE TABLE article_versions (
    project_id uuid NOT NULL,
    id         uuid NOT NULL,
    article_id uuid NOT NULL,
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32),
    length     integer NOT NULL CHECK (length > 0),
    text       text NOT NULL,
    version    bigint NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, article_id, sha256),
    FOREIGN KEY (project_id, article_id) REFERENCES articles (project_id, id)
);
CREATE INDEX article_versions_text ON article_versions (project_id, sha256);

CREATE TABLE annotations (
    project_id      uuid NOT NULL,
    id              uuid NOT NULL,
    article_id      uuid NOT NULL,
    author_id       uuid NOT NULL,
    layer           text NOT NULL CHECK (layer IN ('own', 'shared', 'gold')),
    label           text NOT NULL,
    attributes      jsonb NOT NULL DEFAULT '{}',
    article_version bytea NOT NULL,
    state           text NOT NULL CHECK (state IN ('draft', 'final')),
    -- Equal annotations of one author have equal hashes: finds twins, proves nothing.
    content_hash    bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL,
    -- Who set which field last; null: the author, without a client, when it was created.
    history         text,
    deleted_at      timestamptz,
    deleted_by      uuid,
    deleted_client  uuid,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, article_id, article_version) REFERENCES article_versions (project_id, article_id, sha256),
    FOREIGN KEY (project_id, author_id) REFERENCES members (project_id, user_id)
);
CREATE INDEX annotations_article ON annotations (project_id, article_id, content_hash);

CREATE TABLE spans (
    project_id    uuid NOT NULL,
    annotation_id uuid NOT NULL,
    ordinal       smallint NOT NULL CHECK (ordinal >= 0),
    -- Code points, half open.
    start_offset  integer NOT NULL CHECK (start_offset >= 0),
    end_offset    integer NOT NULL,
    quote         text,
    quote_sha256  bytea CHECK (octet_length(quote_sha256) = 32),
    PRIMARY KEY (project_id, annotation_id, ordinal),
    CHECK (end_offset >= start_offset),
    CHECK ((quote IS NULL) <> (quote_sha256 IS NULL)),
    FOREIGN KEY (project_id, annotation_id) REFERENCES annotations (project_id, id)
);

CREATE TABLE relations (
    project_id     uuid NOT NULL,
    id             uuid NOT NULL,
    article_id     uuid NOT NULL,
    author_id      uuid NOT NULL,
    layer          text NOT NULL CHECK (layer IN ('own', 'shared', 'gold')),
    label          text NOT NULL,
    attributes     jsonb NOT NULL DEFAULT '{}',
    from_id        uuid NOT NULL,
    to_id          uuid NOT NULL,
    created_at     timestamptz NOT NULL,
    version        bigint NOT NULL,
    history        text,
    deleted_at     timestamptz,
    deleted_by     uuid,
    deleted_client uuid,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, from_id) REFERENCES annotations (project_id, id),
    FOREIGN KEY (project_id, to_id) REFERENCES annotations (project_id, id)
);
CREATE INDEX relations_article ON relations (project_id, article_id);

CREATE TABLE comments (
    project_id     uuid NOT NULL,
    id             uuid NOT NULL,
    article_id     uuid NOT NULL,
    annotation_id  uuid NOT NULL,
    -- As in changes.owner_id: whose annotation it is on.
    owner_id       uuid,
    author_id      uuid NOT NULL,
    text           text NOT NULL,
    created_at     timestamptz NOT NULL,
    version        bigint NOT NULL,
    history        text,
    deleted_at     timestamptz,
    deleted_by     uuid,
    deleted_client uuid,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, annotation_id) REFERENCES annotations (project_id, id)
);
CREATE INDEX comments_annotation ON comments (project_id, annotation_id);
CREATE INDEX comments_article ON comments (project_id, article_id);

CREATE TABLE reviews (
    project_id     uuid NOT NULL,
    id             uuid NOT NULL,
    article_id     uuid NOT NULL,
    annotation_id  uuid NOT NULL,
    owner_id       uuid,
    reviewer_id    uuid NOT NULL,
    decision       text NOT NULL CHECK (decision IN ('accept', 'reject', 'unsure')),
    text           text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    version        bigint NOT NULL,
    history        text,
    deleted_at     timestamptz,
    deleted_by     uuid,
    deleted_client uuid,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, annotation_id) REFERENCES annotations (project_id, id)
);
-- One live review per reviewer and annotation: the planner sees to it under the annotation's lock, `verify` checks it.
-- A unique index would depend on the order in which one statement deletes a review and makes the next.
CREATE INDEX reviews_annotation ON reviews (project_id, annotation_id, reviewer_id);
CREATE INDEX reviews_article ON reviews (project_id, article_id);

CREATE TABLE assignments (
    project_id     uuid NOT NULL,
    id             uuid NOT NULL,
    article_id     uuid NOT NULL,
    user_id        uuid NOT NULL,
    state          text NOT NULL CHECK (state IN ('open', 'in_progress', 'done')),
    expires_at     timestamptz,
    version        bigint NOT NULL,
    history        text,
    deleted_at     timestamptz,
    deleted_by     uuid,
    deleted_client uuid,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, article_id) REFERENCES articles (project_id, id),
    FOREIGN KEY (project_id, user_id) REFERENCES members (project_id, user_id)
);
CREATE INDEX assignments_user ON assignments (project_id, user_id);

CREATE TABLE conflicts (
    project_id  uuid NOT NULL,
    id          uuid NOT NULL,
    article_id  uuid NOT NULL,
    owner_id    uuid,
    author_id   uuid,
    entity      text NOT NULL,
    entity_id   uuid NOT NULL,
    field       text NOT NULL,
    -- {value, by, client?, at}, canonical JSON.
    kept        text NOT NULL,
    other       text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'resolved')),
    choice      text CHECK (choice IN ('kept', 'other', 'value')),
    resolved_by uuid,
    version     bigint NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX conflicts_entity ON conflicts (project_id, entity_id) WHERE state = 'open';
CREATE INDEX conflicts_article ON conflicts (project_id, article_id);

-- Ids that a client made for something that was there already, valid for ever in every id field.
CREATE TABLE aliases (
    project_id uuid NOT NULL,
    alias      uuid NOT NULL,
    id         uuid NOT NULL,
    PRIMARY KEY (project_id, alias)
);

CREATE TABLE client_progress (
    project_id       uuid NOT NULL REFERENCES projects (id),
    client_id        uuid NOT NULL REFERENCES clients (id),
    last_mutation    bigint NOT NULL DEFAULT 0,
    -- The highest `since` of its pulls, written at most once a minute.
    acknowledged_seq bigint NOT NULL DEFAULT 0,
    seen_at          timestamptz NOT NULL,
    PRIMARY KEY (project_id, client_id)
);

CREATE TABLE mutation_results (
    project_id uuid NOT NULL,
    client_id  uuid NOT NULL,
    n          bigint NOT NULL,
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32),
    -- The head before its transaction: versions in the result are counted from here.
    base_seq   bigint NOT NULL,
    -- Null once it has expired; the number stays for ever.
    result     text,
    -- The mutation's bytes where anything of it was rejected: the journal.
    payload    bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, client_id, n),
    FOREIGN KEY (project_id, client_id) REFERENCES client_progress (project_id, client_id)
);
CREATE INDEX mutation_results_journal ON mutation_results (project_id, client_id, n) WHERE payload IS NOT NULL;

CREATE TABLE imports (
    project_id  uuid NOT NULL REFERENCES projects (id),
    id          uuid NOT NULL,
    actor       text NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    summary     jsonb,
    PRIMARY KEY (project_id, id)
);

-- lz4 doubles the import rate of texts; servers built without it keep their own method.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
        ALTER TABLE article_versions ALTER COLUMN text SET COMPRESSION lz4;
        ALTER TABLE changes ALTER COLUMN "row" SET COMPRESSION lz4;
        ALTER TABLE mutation_results ALTER COLUMN result SET COMPRESSION lz4;
        ALTER TABLE mutation_results ALTER COLUMN payload SET COMPRESSION lz4;
    END IF;
END
$$;
