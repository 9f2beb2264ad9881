-- depends: core_0005_guard_append_only
-- Why:  what lands in DEFAULT (a clock gone wrong, a forgotten job) is moved out when its period is
--       made, in one transaction, so that no moment shows a row twice or not at all.
-- Lock: none, only new objects. Rollback loses: nothing; made partitions stay.

CREATE FUNCTION partition_key(p_table regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $$
    SELECT a.attname::text
    FROM pg_catalog.pg_partitioned_table AS p
    INNER JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE p.partrelid = p_table AND p.partstrat = 'r' AND p.partnatts = 1
$$;

COMMENT ON FUNCTION partition_key(regclass) IS
'The column that a range-partitioned table is divided by; NULL for any other table. Reads only.';

CREATE FUNCTION make_partition(
    p_table regclass, p_name text, p_from timestamptz, p_to timestamptz
) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_key text := partition_key(p_table);
    v_schema text := (
        SELECT relnamespace::regnamespace::text FROM pg_catalog.pg_class WHERE oid = p_table
    );
    v_default oid := (
        SELECT partdefid FROM pg_catalog.pg_partitioned_table WHERE partrelid = p_table
    );
    v_strays boolean := false;
    v_keys text[];
    v_columns text;
    v_moved bigint := 0;
BEGIN
    IF v_default <> 0 THEN
        EXECUTE format(
            'SELECT EXISTS (SELECT 1 FROM %s WHERE %I >= $1 AND %I < $2)',
            v_default::regclass, v_key, v_key
        ) INTO v_strays USING p_from, p_to;
    END IF;

    IF NOT v_strays THEN
        EXECUTE format('CREATE TABLE %s.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
            v_schema, p_name, p_table, p_from, p_to);
    ELSE
        -- Moving is no deletion: audit triggers must not fire and keys that point here must not
        -- cascade. A detached default has neither; both come back, validated, before anybody can
        -- look.
        SELECT array_agg(format(
            'ALTER TABLE %s ADD CONSTRAINT %I %s',
            k.conrelid::regclass, k.conname, pg_catalog.pg_get_constraintdef(k.oid)
        )) INTO v_keys
        FROM pg_catalog.pg_constraint AS k
        WHERE k.contype = 'f' AND k.confrelid = p_table AND k.conparentid = 0;
        PERFORM run_each(ARRAY(
            SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname)
            FROM pg_catalog.pg_constraint AS k
            WHERE k.contype = 'f' AND k.confrelid = p_table AND k.conparentid = 0
        ));
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO v_columns
        FROM pg_catalog.pg_attribute
        WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped AND attgenerated = '';

        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', p_table, v_default::regclass);
        EXECUTE format(
            'CREATE TABLE %s.%I (
                LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS
            )',
            v_schema, p_name, p_table
        );
        EXECUTE format(
            'WITH moved AS (DELETE FROM %1$s WHERE %2$I >= $1 AND %2$I < $2 RETURNING %3$s)
             INSERT INTO %4$s.%5$I (%3$s) SELECT %3$s FROM moved',
            v_default::regclass, v_key, v_columns, v_schema, p_name
        ) USING p_from, p_to;
        GET DIAGNOSTICS v_moved = ROW_COUNT;
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s.%I FOR VALUES FROM (%L) TO (%L)',
            p_table, v_schema, p_name, p_from, p_to);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s DEFAULT', p_table, v_default::regclass);
        PERFORM run_each(v_keys);
    END IF;

    PERFORM guard_partition(format('%s.%I', v_schema, p_name)::regclass, p_table);
    RETURN v_moved;
END;
$$;

COMMENT ON FUNCTION make_partition(regclass, text, timestamptz, timestamptz) IS
'Creates one range partition [from, to) and moves the rows of that range out of DEFAULT; returns '
'how many moved. Locks the table, and where rows move also the tables that reference it, until '
'the transaction ends.';

CREATE FUNCTION run_each(p_statements text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_statement text;
BEGIN
    FOREACH v_statement IN ARRAY coalesce(p_statements, '{}') LOOP
        EXECUTE v_statement;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION run_each(text[]) IS 'Executes the statements in order, as the caller.';

CREATE FUNCTION guard_partition(p_partition regclass, p_parent regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- A leaf is not covered by its parent's policies: with row security on and no policy of its own
    -- it shows nothing to whoever asks it directly. It also belongs to whom the parent belongs.
    IF (SELECT relrowsecurity FROM pg_catalog.pg_class WHERE oid = p_parent) THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_partition);
    END IF;
    EXECUTE format(
        'COMMENT ON TABLE %s IS %L', p_partition, format('A partition of %s.', p_parent::text)
    );
END;
$$;

COMMENT ON FUNCTION guard_partition(regclass, regclass) IS
'Enables row security on a leaf whose parent has it, and comments the leaf.';
