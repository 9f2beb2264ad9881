-- depends: physed_0060_materialise_reports
-- Why:  the document asks for archival, cleanup and retention and gives no period. Periods are
--       rows, empty at first: nothing is deleted until somebody decides so.
-- Lock: none, only new objects. Rollback loses: the periods chosen.

CREATE TABLE retention_settings (
    table_name varchar(63) NOT NULL,
    keep_for interval,
    action varchar(7) NOT NULL DEFAULT 'archive',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT retention_settings_pkey PRIMARY KEY (table_name),
    CONSTRAINT retention_settings_keep_for_positive_check CHECK (keep_for > interval '0'),
    CONSTRAINT retention_settings_action_check CHECK (
        action = 'delete'
        OR action = 'archive'
        AND table_name IN (
            'activity_logs', 'movement_analysis', 'performance_metrics', 'safety_incidents'
        )
    ),
    CONSTRAINT retention_settings_table_name_check CHECK (table_name IN (
        'activity_logs', 'adaptation_history', 'assessment_history', 'audit_log',
        'memory_interactions', 'movement_analysis', 'performance_metrics', 'safety_incidents',
        'status_changes'
    ))
);

COMMENT ON TABLE retention_settings IS
'How long rows are kept, by table. Only tables that grow by time are listed.';
COMMENT ON COLUMN retention_settings.keep_for IS
'Rows older than this go; whole months where the table is divided by month. NULL keeps everything.';
COMMENT ON COLUMN retention_settings.action IS
'archive detaches whole months and leaves them as read-only tables; delete removes.';

CREATE TRIGGER update_retention_settings_updated_at
BEFORE UPDATE ON retention_settings
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

SELECT core.grant_to_own('SELECT ON retention_settings', 'reader');
SELECT core.grant_to_own('SELECT, UPDATE ON retention_settings', 'service');

INSERT INTO retention_settings (table_name, action)
VALUES
('activity_logs', 'archive'),
('adaptation_history', 'delete'),
('assessment_history', 'delete'),
('audit_log', 'delete'),
('memory_interactions', 'delete'),
('movement_analysis', 'archive'),
('performance_metrics', 'archive'),
('safety_incidents', 'archive'),
('status_changes', 'delete');

CREATE FUNCTION retire_patterns(p_action text, p_before timestamptz)
RETURNS TABLE (what text, done text, rows_affected bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET timezone = 'UTC'
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_month timestamptz;
BEGIN
    -- A month of analyses cannot be detached while patterns point into it. Asked of the patterns,
    -- since analyses of that month may lie in DEFAULT, or have their month in the archive already.
    FOR v_month IN
        SELECT DISTINCT date_trunc('month', p.movement_analysis_created_at) AS month
        FROM movement_patterns AS p
        WHERE p.movement_analysis_created_at < date_trunc('month', p_before)
        ORDER BY month
    LOOP
        what := to_char(v_month, '"movement_patterns_"YYYY_MM');
        done := 'deleted';
        IF p_action = 'archive' THEN
            IF to_regclass(quote_ident(what)) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE movement_patterns)', what);
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', what);
                EXECUTE format(
                    'COMMENT ON TABLE %I IS %L',
                    what, 'Archived patterns of the analyses of that month.'
                );
                EXECUTE format(
                    'CREATE TRIGGER archive_is_read_only '
                    'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I '
                    'FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_archive_write()', what
                );
            END IF;
            EXECUTE format(
                'INSERT INTO %I SELECT * FROM movement_patterns '
                'WHERE movement_analysis_created_at >= $1 AND movement_analysis_created_at < $2',
                what
            ) USING v_month, v_month + interval '1 month';
            done := 'archived';
        END IF;
        DELETE FROM movement_patterns AS p
        WHERE p.movement_analysis_created_at >= v_month
            AND p.movement_analysis_created_at < v_month + interval '1 month';
        GET DIAGNOSTICS rows_affected = ROW_COUNT;
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION retire_patterns(text, timestamptz) IS
'Archives or deletes the patterns of every month of analyses that ends by p_before; returns what '
'it did.';

CREATE FUNCTION apply_retention(p_action text, p_now timestamptz DEFAULT now())
RETURNS TABLE (table_name text, what text, done text, rows_affected bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout = '100ms'
AS $$
DECLARE
    v_setting record;
    v_before timestamptz;
BEGIN
    -- All that grows with rows comes before the first month: a month's locks on its table, and on
    -- students, users and activities, are held to the end.
    FOR v_setting IN
        SELECT s.table_name::regclass AS relation, s.table_name AS name, s.keep_for, c.relkind
        FROM retention_settings AS s
        INNER JOIN pg_catalog.pg_class AS c ON c.oid = s.table_name::regclass
        WHERE s.keep_for IS NOT NULL AND s.action = p_action
        ORDER BY c.relkind = 'p', s.table_name <> 'movement_analysis', s.table_name
    LOOP
        v_before := p_now - v_setting.keep_for;
        table_name := v_setting.name;

        IF v_setting.relkind = 'p' THEN
            IF v_setting.name = 'movement_analysis' THEN
                RETURN QUERY
                SELECT v_setting.name::text, r.*
                FROM retire_patterns(p_action, v_before) AS r;
            END IF;
            RETURN QUERY
            SELECT v_setting.name::text, r.partition_name, r.action, NULL::bigint
            FROM core.retire_partitions(v_setting.relation, v_before, p_action = 'archive') AS r;
        ELSE
            -- The audit trail lets go of rows in maintenance only.
            PERFORM set_config('core.maintenance', 'on', true);
            EXECUTE format(
                'DELETE FROM %s WHERE created_at < $1', v_setting.relation
            ) USING v_before;
            GET DIAGNOSTICS rows_affected = ROW_COUNT;
            PERFORM set_config('core.maintenance', 'off', true);
            what := v_setting.name;
            done := 'deleted';
            RETURN NEXT;
        END IF;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION apply_retention(text, timestamptz) IS
'Does what retention_settings says for one action, ''archive'' or ''delete''; returns what it did, '
'nothing by default. Rows are as old as they say, also in a DEFAULT partition. For the owner. '
'Rows go first, then months: for that instant it holds ACCESS EXCLUSIVE on their tables, students, '
'users, activities and what refers to them. Waits 100 ms for each lock, else 55P03 and nothing '
'done. Patterns go with their analyses.';
