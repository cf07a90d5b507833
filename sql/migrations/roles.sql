-- Run after the migrations, each time: what the server's role may do. It owns nothing and cannot change the schema.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'manicule_server') THEN
        RETURN;  -- a database whose administrator runs everything under one role
    END IF;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO manicule_server;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO manicule_server;
    -- History is appended to, never rewritten; what retention deletes is the log's tail.
    REVOKE UPDATE ON changes FROM manicule_server;
    REVOKE UPDATE, DELETE ON audit_log FROM manicule_server;
    REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM manicule_server;
END
$$;
