-- depends: core_0004_generate_prefixed_ids
-- Why:  an audit trail that its subject can edit is no trail. Privileges alone do not stop the
--       owner's own code, and TRUNCATE passes row triggers by.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a trigger still uses a
--       function.

CREATE FUNCTION is_maintenance(p_table regclass) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    -- The setting says "on purpose", the ownership says "allowed": neither is enough alone, since
    -- anybody can write a setting and the owner can be careless.
    RETURN coalesce(nullif(current_setting('core.maintenance', true), ''), 'off') = 'on'
        AND EXISTS (
            SELECT 1
            FROM pg_catalog.pg_class AS c
            WHERE c.oid = p_table AND pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')
        );
END;
$$;

COMMENT ON FUNCTION is_maintenance(regclass) IS
'True inside a retention job: SET LOCAL core.maintenance = ''on'' by a role that owns the table. '
'Reads only.';

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_new jsonb;
    v_old jsonb;
    v_table text;
BEGIN
    IF is_maintenance(TG_RELID) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;

    -- Columns named in CREATE TRIGGER … refuse_change('user_id') may become NULL and nothing else
    -- may change: that is what ON DELETE SET NULL does to a trail whose actor is deleted.
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        v_new := to_jsonb(NEW);
        v_old := to_jsonb(OLD);
        IF v_new - TG_ARGV = v_old - TG_ARGV AND NOT EXISTS (
            SELECT 1
            FROM unnest(TG_ARGV) AS a (column_name)
            WHERE v_new -> a.column_name NOT IN ('null'::jsonb, v_old -> a.column_name)
        ) THEN
            RETURN NEW;
        END IF;
    END IF;

    -- The table that callers know, also where a row lies in a partition.
    SELECT c.relname INTO v_table
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = coalesce(pg_catalog.pg_partition_root(TG_RELID), TG_RELID);
    RAISE EXCEPTION '% is append-only: % refused', v_table, TG_OP
        USING ERRCODE = 'insufficient_privilege', TABLE = v_table, SCHEMA = TG_TABLE_SCHEMA,
        HINT = 'Only the retention job removes rows; corrections are new rows.';
END;
$$;

COMMENT ON FUNCTION refuse_change() IS
'BEFORE UPDATE OR DELETE row trigger and BEFORE TRUNCATE statement trigger: raises 42501 outside '
'maintenance. Arguments name columns that may become NULL (the action of ON DELETE SET NULL).';

GRANT EXECUTE ON FUNCTION is_maintenance(regclass) TO core_user;

CREATE FUNCTION refuse_old_snapshot(p_what text, p_table text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION '% at REPEATABLE READ', p_what
            USING ERRCODE = 'invalid_transaction_state', TABLE = p_table,
            HINT = 'Use READ COMMITTED, which waits, or SERIALIZABLE in all sessions.';
    END IF;
END;
$$;

COMMENT ON FUNCTION refuse_old_snapshot(text, text) IS
'For triggers that ask what relies on a row: raises 25000 at REPEATABLE READ, whose snapshot shows '
'nothing of what began to rely on it meanwhile. Takes what cannot be, and of which table.';

CREATE FUNCTION refuse_archive_write() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF is_maintenance(TG_RELID) THEN
        RETURN NULL;  -- a late row, or a person who must be erased
    END IF;
    RAISE EXCEPTION 'archive "%" is read-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA,
        HINT = 'Copy the rows elsewhere to work on them; drop the whole table to be rid of it.';
END;
$$;

COMMENT ON FUNCTION refuse_archive_write() IS
'Statement trigger of archived partitions: raises 42501 on any write outside maintenance.';
