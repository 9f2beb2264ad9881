-- depends: vividly_0035_purge_users
-- Why:  how long a trail is kept is for the customer's lawyers to say: a row each, not a number in
--       a job. Where the document gives no period nothing is deleted until somebody sets one.
-- Lock: none, only new objects. Rollback loses: the periods chosen.

CREATE TABLE retention_settings (
    table_name varchar(63) NOT NULL,
    keep_for interval,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT retention_settings_pkey PRIMARY KEY (table_name),
    CONSTRAINT retention_settings_keep_for_positive_check CHECK (keep_for > interval '0'),
    CONSTRAINT retention_settings_table_name_check CHECK (table_name IN (
        'audit_logs', 'audit_logs_archive', 'bulk_upload_jobs', 'retention_exports',
        'student_account_requests'
    ))
);

COMMENT ON TABLE retention_settings IS
'How long each trail is kept. Requests, feedback and people have the document''s periods in their '
'jobs.';
COMMENT ON COLUMN retention_settings.table_name IS
'The table; audit_logs_archive stands for the months archived from audit_logs.';
COMMENT ON COLUMN retention_settings.keep_for IS
'audit_logs: months of years that ended longer ago are archived. Archives, and rows that are '
'done, go when they are older. NULL keeps everything.';

CREATE TRIGGER update_retention_settings_updated_at
BEFORE UPDATE ON retention_settings
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

SELECT core.grant_to_own('SELECT ON retention_settings', 'reader');
SELECT core.grant_to_own('SELECT, UPDATE ON retention_settings', 'service');

INSERT INTO retention_settings (table_name, keep_for)
VALUES
('audit_logs', interval '7 years'),
('audit_logs_archive', NULL),
('bulk_upload_jobs', NULL),
('retention_exports', NULL),
('student_account_requests', NULL);

CREATE FUNCTION archive_trail() RETURNS TABLE (partition_name text, action text)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout = '100ms'
AS $$
DECLARE
    v_archive regclass;
    v_young boolean;
    v_before timestamptz := (
        SELECT now() - s.keep_for FROM retention_settings AS s
        WHERE s.table_name = 'audit_logs_archive'
    );
BEGIN
    RETURN QUERY
    SELECT r.*
    FROM retention_settings AS s
    CROSS JOIN LATERAL core.retire_partitions(
        'audit_logs', date_trunc('year', now() - s.keep_for, 'UTC'), true
    ) AS r
    WHERE s.table_name = 'audit_logs' AND s.keep_for IS NOT NULL;

    FOR v_archive IN
        SELECT t.relation FROM trail_tables() AS t (relation)
        WHERE t.relation <> 'audit_logs'::regclass AND v_before IS NOT NULL
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE created_at >= $1)', v_archive)
        INTO v_young USING v_before;
        CONTINUE WHEN v_young;
        partition_name := v_archive::text;
        EXECUTE format('DROP TABLE %s', v_archive);
        action := 'dropped';
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION archive_trail() IS
'Archives the months of audit_logs and drops archives, as retention_settings says. For that '
'instant it holds ACCESS EXCLUSIVE on audit_logs, its DEFAULT and users. Waits 100 ms for each '
'lock, else 55P03 and nothing done. Returns what it did.';

CREATE FUNCTION delete_old_papers() RETURNS TABLE (table_name text, rows_deleted bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_condition text;
    v_before timestamptz;
BEGIN
    FOR table_name, v_condition, v_before IN
        SELECT s.table_name, d.condition, now() - s.keep_for
        FROM retention_settings AS s
        INNER JOIN (
            VALUES
            ('bulk_upload_jobs', 'status IN (''completed'', ''failed'') AND updated_at < $1'),
            ('retention_exports', 'confirmed_at < $1 AND (table_name <> ''feedback'''
                ' OR deleted_at < $1) AND id < (SELECT max(l.id) FROM retention_exports AS l'
                ' WHERE l.table_name = retention_exports.table_name)'),
            ('student_account_requests', 'status <> ''pending'' AND reviewed_at < $1')
        ) AS d (name, condition) ON d.name = s.table_name
        WHERE s.keep_for IS NOT NULL
    LOOP
        EXECUTE format('DELETE FROM %I WHERE %s', table_name, v_condition) USING v_before;
        GET DIAGNOSTICS rows_deleted = ROW_COUNT;
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION delete_old_papers() IS
'Deletes uploads that ended, requests that were decided and exports that are done, as '
'retention_settings says; the last export of each table stays, since the next begins where it '
'ended. Returns the rows per table.';
