-- depends: learning_0024_purge_users
-- Why:  how long a trail is kept is a row that a school can change, not a figure in a job.
-- Lock: none, only new objects. Rollback loses: the periods chosen.

CREATE TABLE retention_settings (
    table_name text NOT NULL,
    keep_for interval,

    CONSTRAINT retention_settings_pkey PRIMARY KEY (table_name),
    CONSTRAINT retention_settings_keep_for_positive_check CHECK (keep_for > interval '0'),
    CONSTRAINT retention_settings_table_name_check CHECK (table_name IN (
        'interactions', 'interactions_archive', 'progress_metrics', 'progress_metrics_archive',
        'audit_logs', 'audit_logs_archive'
    ))
);

COMMENT ON TABLE retention_settings IS
'How long rows stay: those of a table before they are archived, those of an archive before they '
'are dropped.';
COMMENT ON COLUMN retention_settings.table_name IS 'A table cut by month, or its archive.';
COMMENT ON COLUMN retention_settings.keep_for IS
'Months that ended longer ago leave; NULL keeps everything.';

SELECT core.grant_to_own('SELECT, UPDATE ON retention_settings', 'service');
SELECT core.grant_to_own('SELECT ON retention_settings', 'reader');

INSERT INTO retention_settings (table_name, keep_for)
VALUES
('interactions', '1 year'),
('interactions_archive', NULL),
('progress_metrics', '5 years'),
('progress_metrics_archive', NULL),
('audit_logs', '2 years'),
('audit_logs_archive', NULL);

CREATE FUNCTION retention_start(p_table text) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone = 'UTC'
AS $$
BEGIN
    RETURN (SELECT now() - r.keep_for FROM retention_settings AS r WHERE r.table_name = p_table);
END;
$$;

COMMENT ON FUNCTION retention_start(text) IS
'What is from before this moment is older than retention_settings keep; NULL: nothing is. Reads '
'only.';

CREATE FUNCTION drop_archived_months(p_archive regclass)
RETURNS TABLE (partition_name text, action text)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout = '100ms'
AS $$
DECLARE
    v_name text := (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = p_archive);
    v_old record;
    v_keys text := CASE v_name
        WHEN 'interactions_archive' THEN 'interaction_keys'
        WHEN 'progress_metrics_archive' THEN 'progress_metric_keys'
        ELSE 'audit_log_keys'
    END;
BEGIN
    -- Freeing ids grows with rows, and a dropped month locks its archive to the end: ids first.
    FOR v_old IN
        SELECT * FROM core.partition_bounds(p_archive) AS b
        WHERE b.to_value <= retention_start(v_name)
    LOOP
        EXECUTE format('DELETE FROM %I AS k USING %s AS m WHERE k.id = m.id',
            v_keys, v_old.partition);
    END LOOP;
    FOR v_old IN
        SELECT * FROM core.partition_bounds(p_archive) AS b
        WHERE b.to_value <= retention_start(v_name)
    LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_old.partition);
    END LOOP;
    FOR partition_name IN
        SELECT b.partition FROM core.partition_bounds(p_archive) AS b
        WHERE b.to_value <= retention_start(v_name)
    LOOP
        EXECUTE format('DROP TABLE %s', partition_name);
        action := 'dropped';
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION drop_archived_months(regclass) IS
'Drops the months of an archive that retention_settings keep no longer, and frees their ids, ids '
'first. Holds ACCESS EXCLUSIVE on the archive for that instant: waits 100 ms for each lock, else '
'55P03 and nothing done. Returns what it dropped; a second run returns nothing.';
