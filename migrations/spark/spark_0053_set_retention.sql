-- depends: spark_0052_open_first_screens
-- Why:  every trail ends some day, and when is the school board's to say, not the code's: a row.
-- Lock: none, only new objects. Rollback loses: the periods chosen.

CREATE TABLE retention_settings (
    table_name varchar(63) NOT NULL,
    keep_for interval,

    CONSTRAINT retention_settings_pkey PRIMARY KEY (table_name),
    CONSTRAINT retention_settings_keep_for_positive_check CHECK (keep_for > interval '0'),
    CONSTRAINT retention_settings_table_name_check CHECK (table_name IN (
        'audit_logs', 'sync_logs', 'sync_logs_archive', 'user_notifications'
    ))
);

COMMENT ON TABLE retention_settings IS 'How long trails are kept, one row for each.';
COMMENT ON COLUMN retention_settings.table_name IS
'audit_logs, sync_logs (COMPLETED and FAILED ones move to the archive), sync_logs_archive, '
'user_notifications (read ones).';
COMMENT ON COLUMN retention_settings.keep_for IS
'Rows older than so many whole UTC days leave; NULL keeps everything.';

SELECT core.grant_to_own('SELECT, UPDATE ON retention_settings', 'service');
SELECT core.grant_to_own('SELECT ON retention_settings', 'reader');

INSERT INTO retention_settings (table_name, keep_for)
VALUES
('audit_logs', '2 years'),
('sync_logs', '30 days'),
('sync_logs_archive', '1 year'),
('user_notifications', '30 days');

CREATE FUNCTION retention_start(p_table text) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT date_trunc('day', now(), 'UTC') - r.keep_for
        FROM retention_settings AS r
        WHERE r.table_name = p_table
    );
END;
$$;

COMMENT ON FUNCTION retention_start(text) IS
'What was made before this moment is older than retention_settings keep; NULL: nothing is. Reads '
'only.';

-- Definer, and in maintenance: the trail is append-only for everybody else.
CREATE FUNCTION purge_audit_logs() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_count bigint;
BEGIN
    DELETE FROM audit_logs WHERE created_at < retention_start('audit_logs');
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END;
$$;

COMMENT ON FUNCTION purge_audit_logs() IS
'Deletes what is older than retention_settings keep of audit_logs; returns how many rows.';

GRANT EXECUTE ON FUNCTION retention_start(text), purge_audit_logs() TO slate_services;
