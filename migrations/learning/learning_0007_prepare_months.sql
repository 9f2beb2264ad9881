-- depends: learning_0006_create_learning_sessions
-- Why:  three tables are cut by month. A month must be made so that archiving it later needs no
--       look at its rows.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION refuse_new_identity() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'id and time of a row of "%" do not change', TG_ARGV[0]
        USING ERRCODE = 'restrict_violation', TABLE = TG_ARGV[0], SCHEMA = TG_TABLE_SCHEMA,
        HINT = 'They decide its month and are what others refer to: '
            'delete the row and insert it anew.';
END;
$$;

COMMENT ON FUNCTION refuse_new_identity() IS
'Row trigger, argument table name: raises 23001 when an id or its time changes.';

CREATE FUNCTION create_month_partitions(
    p_table regclass,
    p_ahead integer DEFAULT 3,
    p_behind integer DEFAULT 0,
    p_now timestamptz DEFAULT now()
) RETURNS TABLE (partition_name text, action text, rows_moved bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_key text := core.partition_key(p_table);
    v_lz4 boolean := (
        SELECT 'lz4' = ANY (enumvals) FROM pg_catalog.pg_settings
        WHERE name = 'default_toast_compression'
    );
    v_leaf record;
    v_column name;
BEGIN
    FOR partition_name, action, rows_moved IN
        SELECT * FROM core.ensure_partitions(p_table, 'month', p_ahead, p_behind, p_now)
    LOOP
        RETURN NEXT;
    END LOOP;

    -- What a fresh month still lacks: the constraint that lets the archive take it over unread, the
    -- better compression where this server has it, and the guard that a parent cannot hand down.
    FOR v_leaf IN
        SELECT b.*, c.relname
        FROM core.partition_bounds(p_table) AS b
        INNER JOIN pg_catalog.pg_class AS c ON c.oid = b.partition
        WHERE NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_constraint AS k
            WHERE k.conrelid = b.partition AND k.conname = c.relname || '_month_check'
        )
    LOOP
        EXECUTE format('ALTER TABLE %1$s ADD CONSTRAINT %2$I CHECK (%3$I >= %4$L AND %3$I < %5$L)',
            v_leaf.partition, v_leaf.relname || '_month_check', v_key,
            v_leaf.from_value, v_leaf.to_value);
        IF v_lz4 THEN
            FOR v_column IN
                SELECT a.attname FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = v_leaf.partition AND a.atttypid = 'jsonb'::regtype
            LOOP
                EXECUTE format(
                    'ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', v_leaf.partition, v_column
                );
            END LOOP;
        END IF;
    END LOOP;

    FOR v_leaf IN
        SELECT i.inhrelid::regclass AS partition, c.relname
        FROM pg_catalog.pg_inherits AS i
        INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = p_table AND p_table = to_regclass('audit_logs') AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = i.inhrelid AND t.tgname = 'audit_logs_refuse_truncate'
        )
    LOOP
        EXECUTE format('CREATE TRIGGER audit_logs_refuse_truncate BEFORE TRUNCATE ON %s
            EXECUTE FUNCTION core.refuse_change()', v_leaf.partition);
    END LOOP;
END;
$$;

COMMENT ON FUNCTION create_month_partitions(regclass, integer, integer, timestamptz) IS
'core.ensure_partitions by month, and what this product wants of a month besides. Returns what it '
'created; a second run returns nothing. Locks the table until the transaction ends when a month '
'is made.';
