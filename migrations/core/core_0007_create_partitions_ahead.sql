-- depends: core_0006_make_partitions
-- Why:  a row without a partition is an error at night. Partitions are made ahead, by period, and
--       again by every run of a job without harm.
-- Lock: none, only new objects. Rollback loses: nothing; made partitions stay.

CREATE FUNCTION ensure_partitions(
    p_table regclass,
    p_every text,
    p_ahead integer DEFAULT 3,
    p_behind integer DEFAULT 0,
    p_now timestamptz DEFAULT now()
) RETURNS TABLE (partition_name text, action text, rows_moved bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET timezone = 'UTC'
AS $$
DECLARE
    v_step interval;
    v_pattern text;
    v_start timestamptz;
    v_parent text := (SELECT relname FROM pg_catalog.pg_class WHERE oid = p_table);
    v_schema oid := (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = p_table);
BEGIN
    IF p_every NOT IN ('month', 'year') THEN
        RAISE EXCEPTION 'partitions are made every "month" or "year", not "%"', p_every
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF partition_key(p_table) IS NULL THEN
        RAISE EXCEPTION 'table "%" is not partitioned by range of one column', p_table
            USING ERRCODE = 'wrong_object_type';
    END IF;
    v_step := ('1 ' || p_every)::interval;
    v_pattern := CASE p_every WHEN 'month' THEN 'YYYY_MM' ELSE 'YYYY' END;

    -- Two runs at once must not both create the same month.
    PERFORM pg_catalog.pg_advisory_xact_lock(
        pg_catalog.hashtext('core.ensure_partitions'), p_table::oid::integer
    );

    IF (SELECT partdefid = 0 FROM pg_catalog.pg_partitioned_table WHERE partrelid = p_table) THEN
        partition_name := v_parent || '_default';
        EXECUTE format(
            'CREATE TABLE %s.%I PARTITION OF %s DEFAULT',
            v_schema::regnamespace, partition_name, p_table
        );
        PERFORM guard_partition(
            format('%s.%I', v_schema::regnamespace, partition_name)::regclass, p_table
        );
        action := 'created';
        rows_moved := 0;
        RETURN NEXT;
    END IF;

    FOR i IN -p_behind..p_ahead LOOP
        v_start := date_trunc(p_every, p_now) + i * v_step;
        partition_name := v_parent || '_' || to_char(v_start, v_pattern);
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM pg_catalog.pg_class
            WHERE relname = partition_name AND relnamespace = v_schema
        );
        rows_moved := make_partition(p_table, partition_name, v_start, v_start + v_step);
        action := 'created';
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION ensure_partitions(regclass, text, integer, integer, timestamptz) IS
'Creates the missing partitions of a range-partitioned table, every ''month'' or ''year'', from '
'p_behind periods ago to p_ahead periods ahead, and its DEFAULT; empties DEFAULT of those '
'periods. Names: table_2026_11, table_2026, table_default. Returns what it created; a second run '
'returns nothing.';
