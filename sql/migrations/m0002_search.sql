-- Full-text search in the language of each article, and indexes for lists.

-- Both extensions are trusted: the owner of the database may create them.
DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(n, ', ' ORDER BY n) INTO missing
    FROM unnest(ARRAY['btree_gin', 'unaccent']) n
    WHERE NOT EXISTS (SELECT FROM pg_available_extensions e WHERE e.name = n);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = format(
                'the PostgreSQL server lacks the extensions %s, which search needs; install the package '
                'postgresql-contrib there (on Debian it is part of postgresql-%s) and migrate again',
                missing, current_setting('server_version_num')::integer / 10000);
    END IF;
END
$$;

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- For each language that this server can stem a configuration manicule_<language> that takes accents away first, and a
-- function that says which one a language tag means: fr, fr-FR, fra, French. Asciiwords have none to take away.
DO $$
DECLARE
    unaccent text;
    language record;
    codes text := '';
BEGIN
    SELECT d.oid::regdictionary::text INTO STRICT unaccent
    FROM pg_ts_dict d JOIN pg_depend e ON e.classid = 'pg_ts_dict'::regclass AND e.objid = d.oid
        AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
    WHERE d.dictname = 'unaccent' AND e.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'unaccent');

    FOR language IN
        SELECT c.cfgname AS name, m.mapdict::regdictionary AS stem, l.codes
        FROM pg_ts_config c
        JOIN pg_ts_config_map m ON m.mapcfg = c.oid AND m.mapseqno = 1
        -- 2 is a word with other letters than ASCII's.
            AND m.maptokentype = 2
        JOIN (VALUES
            ('simple', '{}'), ('arabic', '{ar,ara}'), ('armenian', '{hy,hye,arm}'), ('basque', '{eu,eus,baq}'),
            ('catalan', '{ca,cat}'), ('danish', '{da,dan}'), ('dutch', '{nl,nld,dut}'), ('english', '{en,eng}'),
            ('estonian', '{et,est}'), ('finnish', '{fi,fin}'), ('french', '{fr,fra,fre}'),
            ('german', '{de,deu,ger}'), ('greek', '{el,ell,gre}'), ('hindi', '{hi,hin}'), ('hungarian', '{hu,hun}'),
            ('indonesian', '{id,ind}'), ('irish', '{ga,gle}'), ('italian', '{it,ita}'), ('lithuanian', '{lt,lit}'),
            ('nepali', '{ne,nep}'), ('norwegian', '{no,nor,nb,nob,nn,nno}'), ('portuguese', '{pt,por}'),
            ('romanian', '{ro,ron,rum}'), ('russian', '{ru,rus}'), ('serbian', '{sr,srp}'), ('spanish', '{es,spa}'),
            ('swedish', '{sv,swe}'), ('tamil', '{ta,tam}'), ('turkish', '{tr,tur}'), ('yiddish', '{yi,yid}')
        ) AS l(name, codes) ON l.name = c.cfgname
        WHERE c.cfgnamespace = 'pg_catalog'::regnamespace
        ORDER BY c.cfgname
    LOOP
        EXECUTE format('CREATE TEXT SEARCH CONFIGURATION manicule_%s (COPY = pg_catalog.%1$s)', language.name);
        EXECUTE format(
            'ALTER TEXT SEARCH CONFIGURATION manicule_%s ALTER MAPPING FOR hword, hword_part, word WITH %s, %s',
            language.name, unaccent, language.stem);
        codes := codes || format(
            E'\n        WHEN tag = ANY (%L) THEN %L',
            (language.codes::text[] || language.name::text)::text, language.name);
    END LOOP;
    EXECUTE format(
        $f$
CREATE FUNCTION search_language(language text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $b$
    SELECT CASE %s
        ELSE 'simple'
    END
    FROM (SELECT lower(substring(language FROM '^[A-Za-z]+'))) AS t(tag)
$b$ $f$, codes);
END
$$;

-- The configuration of a language tag; unknown ones and none are indexed word by word, without their accents.
CREATE FUNCTION search_config(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('manicule_' || search_language(language))::regconfig
$$;

-- What an article is found by. A text with more different words than a tsvector holds is found by its beginning.
CREATE FUNCTION search_document(config regconfig, title text, body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
-- Of a word that is too long to be one nobody needs to hear.
SET client_min_messages = warning AS $$
DECLARE
    -- What goes on without a space is cut: the parser takes the square of its length.
    head text := regexp_replace(left(body, 1000000), '(\S{120})', '\1 ', 'g');
BEGIN
    LOOP
        BEGIN
            RETURN setweight(to_tsvector(config, left(coalesce(title, ''), 10000)), 'A') || to_tsvector(config, head);
        EXCEPTION WHEN program_limit_exceeded THEN
            head := left(head, char_length(head) / 2);
        END;
    END LOOP;
END
$$;

-- Kept behind the project's log by whoever searches and by the server's indexer: no push and no import waits for it.
CREATE TABLE article_search (
    project_id      uuid NOT NULL,
    article_id      uuid NOT NULL,
    -- What it was made of: the article's row, its text, and the language. (A regconfig would stop pg_upgrade.)
    version         bigint NOT NULL,
    article_version bytea NOT NULL,
    language        text NOT NULL,
    document        tsvector NOT NULL,
    PRIMARY KEY (project_id, article_id)
);
CREATE INDEX article_search_document ON article_search USING gin (project_id, document);

CREATE TABLE search_progress (
    project_id uuid PRIMARY KEY REFERENCES projects (id),
    -- The log has been followed up to here.
    epoch      uuid NOT NULL,
    seq        bigint NOT NULL,
    -- The project's, with which articles without one of their own were indexed.
    language   text,
    -- All articles are being compared, by id, and this one was the last; null: that is done.
    pass_after uuid,
    -- The languages of the project's documents, now or earlier.
    languages  text[] NOT NULL DEFAULT '{}'
);

-- Articles by what their metadata contains. It costs an import of annotated articles one or two percent.
CREATE INDEX articles_metadata ON articles USING gin (project_id, metadata jsonb_path_ops);

-- Acts are read newest first, of all or of one project.
DROP INDEX audit_log_at;
CREATE INDEX audit_log_at ON audit_log (at, id);
CREATE INDEX audit_log_project ON audit_log (project_id, at, id) WHERE project_id IS NOT NULL;
