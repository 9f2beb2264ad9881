-- depends: core_0007_create_partitions_ahead
-- Why:  retention by partition costs the same for a thousand rows and for a million; DELETE does
--       not.
-- Lock: none, only new objects. Rollback loses: nothing; what was retired stays retired.

CREATE FUNCTION partition_bounds(p_table regclass)
RETURNS TABLE (partition regclass, from_value timestamptz, to_value timestamptz)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
SET timezone = 'UTC'
AS $$
    SELECT
        c.oid::regclass,
        (regexp_match(b.bound, $re$FROM \('([^']+)'\)$re$))[1]::timestamptz,
        (regexp_match(b.bound, $re$TO \('([^']+)'\)$re$))[1]::timestamptz
    FROM pg_catalog.pg_inherits AS i
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound) AS b
    WHERE i.inhparent = p_table AND b.bound <> 'DEFAULT'
    ORDER BY 2
$$;

COMMENT ON FUNCTION partition_bounds(regclass) IS
'The range partitions of a table with their bounds [from, to), oldest first, without DEFAULT. '
'Reads only.';

-- DEFAULT holds what came too late or from before the first partition: its rows are as old as they
-- say.
CREATE FUNCTION settle_strays(p_table regclass, p_before timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET timezone = 'UTC'
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_key text := partition_key(p_table);
    v_default regclass := (
        SELECT partdefid FROM pg_catalog.pg_partitioned_table
        WHERE partrelid = p_table AND partdefid <> 0
    );
    v_every text := CASE WHEN EXISTS (
        SELECT FROM partition_bounds(p_table) AS b
        WHERE b.to_value - b.from_value > interval '31 days'
    ) THEN 'year' ELSE 'month' END;
    v_step interval := ('1 ' || v_every)::interval;
    v_start timestamptz;
    v_parent pg_catalog.pg_class;
    v_name text;
    v_archive regclass;
    v_columns text;
BEGIN
    IF v_default IS NULL THEN
        RETURN;
    END IF;
    -- Two runs at once must not both create the same period.
    PERFORM pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtext('core.ensure_partitions'), p_table::oid::integer
    );
    SELECT c.* INTO v_parent FROM pg_catalog.pg_class AS c WHERE c.oid = p_table;
    FOR v_start IN EXECUTE format(
        'SELECT DISTINCT date_trunc(%1$L, %2$I::timestamptz) FROM %3$s
         WHERE %2$I < $1 AND isfinite(%2$I) ORDER BY 1',
        v_every, v_key, v_default
    ) USING p_before
    LOOP
        CONTINUE WHEN v_start + v_step > p_before;
        v_name := v_parent.relname || '_'
            || to_char(v_start, CASE v_every WHEN 'month' THEN 'YYYY_MM' ELSE 'YYYY' END);
        v_archive := to_regclass(format('%s.%I', v_parent.relnamespace::regnamespace, v_name));
        IF v_archive IS NULL THEN
            PERFORM make_partition(p_table, v_name, v_start, v_start + v_step);
            CONTINUE;
        END IF;
        -- The period was archived before: its late rows join it.
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO v_columns
        FROM pg_catalog.pg_attribute
        WHERE attrelid = v_archive AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        EXECUTE format(
            'WITH late AS (DELETE FROM %1$s WHERE %2$I >= $1 AND %2$I < $2 RETURNING %3$s)
             INSERT INTO %4$s (%3$s) SELECT %3$s FROM late',
            v_default, v_key, v_columns, v_archive
        ) USING v_start, v_start + v_step;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION settle_strays(regclass, timestamptz) IS
'Moves rows of periods that ended at or before p_before out of DEFAULT: into a partition of their '
'own, or into the archive of their period where there is one. Before ''infinity'' all leave that '
'have a date.';

CREATE FUNCTION lock_for_retirement(p_table regclass, p_before timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_relation text;
BEGIN
    -- The old months first: whoever still reads them holds up nobody but this. The foreign keys of
    -- a month go with it, so the tables at their other ends are needed too.
    FOR v_relation IN
        SELECT b.partition::text FROM partition_bounds(p_table) AS b WHERE b.to_value <= p_before
        UNION ALL
        SELECT 'ONLY ' || p_table
        UNION ALL
        SELECT partdefid::regclass::text FROM pg_catalog.pg_partitioned_table
        WHERE partrelid = p_table AND partdefid <> 0
        UNION ALL
        SELECT DISTINCT CASE conrelid WHEN p_table THEN confrelid ELSE conrelid END::regclass::text
        FROM pg_catalog.pg_constraint
        WHERE contype = 'f' AND p_table IN (conrelid, confrelid) AND conrelid <> confrelid
    LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_relation);
    END LOOP;
EXCEPTION
    WHEN lock_not_available THEN
        RAISE EXCEPTION 'no quiet moment on "%" within %',
            regexp_replace(v_relation, '^ONLY ', ''), current_setting('lock_timeout')
            USING ERRCODE = 'lock_not_available', TABLE = p_table::text,
            HINT = 'No month was retired. Run this again, or end what reads or writes it.';
END;
$$;

COMMENT ON FUNCTION lock_for_retirement(regclass, timestamptz) IS
'Takes ACCESS EXCLUSIVE on what retire_partitions() will touch: the old months, then the table, '
'its DEFAULT and the tables at the other ends of its foreign keys. 55P03 after lock_timeout, all '
'let go.';

CREATE FUNCTION retire_partitions(
    p_table regclass, p_before timestamptz, p_keep boolean DEFAULT false
) RETURNS TABLE (partition_name text, action text)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_patience text := current_setting('lock_timeout');
    v_old record;
    v_key record;
BEGIN
    -- Whoever waits for a strong lock makes all others queue behind it.
    IF v_patience = '0' THEN
        PERFORM set_config('lock_timeout', '100ms', true);
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtext('core.ensure_partitions'), p_table::oid::integer
    );

    PERFORM settle_strays(p_table, p_before);
    IF EXISTS (SELECT FROM partition_bounds(p_table) AS b WHERE b.to_value <= p_before) THEN
        PERFORM lock_for_retirement(p_table, p_before);
    END IF;
    FOR v_old IN SELECT * FROM partition_bounds(p_table) AS b WHERE b.to_value <= p_before LOOP
        partition_name := v_old.partition::text;
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', p_table, v_old.partition);
        IF p_keep THEN
            -- A detached partition keeps its foreign keys and would block deleting what they point
            -- to.
            FOR v_key IN
                SELECT conname FROM pg_catalog.pg_constraint
                WHERE conrelid = v_old.partition AND contype = 'f'
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_old.partition, v_key.conname);
            END LOOP;
            EXECUTE format(
                'CREATE TRIGGER archive_is_read_only
                BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_archive_write()',
                v_old.partition
            );
            EXECUTE format('COMMENT ON TABLE %s IS %L', v_old.partition, format(
                'Archived %s of %s: rows from %s to %s.',
                (now() AT TIME ZONE 'UTC')::date, p_table, v_old.from_value, v_old.to_value
            ));
            action := 'archived';
        ELSE
            EXECUTE format('DROP TABLE %s', v_old.partition);
            action := 'dropped';
        END IF;
        RETURN NEXT;
    END LOOP;
    PERFORM set_config('lock_timeout', v_patience, true);
END;
$$;

COMMENT ON FUNCTION retire_partitions(regclass, timestamptz, boolean) IS
'Detaches every partition that ends at or before p_before, rows of that time in DEFAULT included, '
'then drops it, or with p_keep leaves it as a read-only archive without foreign keys. Time does '
'not depend on rows, but for those in DEFAULT. Until the transaction ends it holds ACCESS '
'EXCLUSIVE on the table, its DEFAULT and the tables at the other ends of its foreign keys: '
'PostgreSQL detaches CONCURRENTLY neither beside a DEFAULT nor in a function. Waits lock_timeout '
'for each, 100 ms where none is set, then fails with 55P03; with 23503 while other tables '
'reference rows inside. Returns what it did.';
