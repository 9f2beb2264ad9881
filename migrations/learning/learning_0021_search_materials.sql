-- depends: learning_0020_forget_users
-- Why:  materials are found by parts of words as well, where pg_trgm can be had; by whole words
--       anywhere.
-- Lock: SHARE on study_materials (new index, blocks writes while it builds). Rollback loses:
--       nothing.

CREATE FUNCTION add_trigram_index() RETURNS text
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_schema text;
BEGIN
    IF to_regclass('study_materials_letters_idx') IS NOT NULL THEN
        RETURN 'present';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'pg_trgm') THEN
        RETURN 'pg_trgm is not available on this server';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pg_trgm') THEN
        BEGIN
            CREATE EXTENSION pg_trgm SCHEMA core;
        EXCEPTION
            WHEN insufficient_privilege
                THEN RETURN 'pg_trgm is available, but this role may not create it';
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another session was faster
        END;
    END IF;
    SELECT e.extnamespace::regnamespace::text INTO v_schema
    FROM pg_catalog.pg_extension AS e WHERE e.extname = 'pg_trgm';
    EXECUTE format('CREATE INDEX study_materials_letters_idx ON study_materials
        USING gin (title %1$s.gin_trgm_ops, description %1$s.gin_trgm_ops)', v_schema);
    RETURN 'created';
END;
$$;

COMMENT ON FUNCTION add_trigram_index() IS
'Creates study_materials_letters_idx, which serves ILIKE ''%part%'' on title and description, if '
'pg_trgm is or can be installed; says why not otherwise. Run it again after the extension arrived.';

SELECT add_trigram_index();
